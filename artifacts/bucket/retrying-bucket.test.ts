import {describe, expect, it} from 'vitest';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {keysOf} from '../testing/describe-bucket.ts';
import fc from '../testing/properties.ts';
import type {Listed} from './bucket.ts';
import {BucketError} from './bucket-error.ts';
import {RetryBudget} from './retry-budget.ts';
import {RetryingBucket, retrying} from './retrying-bucket.ts';

function world(random = () => 0.999_999) {
  const waits: number[] = [];
  let time = 0;
  const surroundings = {
    now: () => time,
    random,
    idleMs: 1000,
    sleep: async (milliseconds: number) => {
      waits.push(Math.round(milliseconds));
      time += milliseconds;
    },
  };
  return {waits, surroundings, pass: (milliseconds: number) => (time += milliseconds)};
}

const stalled = () =>
  new BucketError('unreachable', 'nothing came for 40 s', {costly: true, retryable: true});
const busy = (retryAfterMs?: number) => new BucketError('busy', 'later', {retryAfterMs});

describe('a call', () => {
  it('is made eight times at most, with waits that double', async () => {
    const {waits, surroundings} = world();
    let calls = 0;
    const failing = retrying(surroundings)(async () => {
      calls++;
      throw busy();
    });
    await expect(failing).rejects.toMatchObject({
      message: 'later (tried 8 times)',
      code: 'busy',
      retryable: false,
    });
    expect({calls, waits}).toEqual({calls: 8, waits: [200, 400, 800, 1600, 3200, 6400, 12_800]});
  });

  it('is made once when trying again is of no use', async () => {
    for (const error of [
      new BucketError('denied', 'no'),
      new BucketError('bad-file', 'no'),
      new Error('a bug'),
    ]) {
      const {waits, surroundings} = world();
      await expect(retrying(surroundings)(() => Promise.reject(error))).rejects.toBe(error);
      expect(waits).toEqual([]);
    }
  });

  it('waits as long as the server asks, and two minutes at most', async () => {
    const {waits, surroundings} = world();
    await expect(retrying(surroundings)(() => Promise.reject(busy(50_000)))).rejects.toThrow(
      '(tried 3 times)',
    );
    expect(waits).toEqual([50_000, 50_000]);
    const slow = world();
    const call = () => {
      slow.pass(70_000);
      return Promise.reject(busy());
    };
    await expect(retrying(slow.surroundings)(call)).rejects.toThrow('(tried 2 times)');
  });

  it('waits a random part, never more than the whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({min: 0, max: 0.999_999, noNaN: true}), async (random) => {
        const {waits, surroundings} = world(() => random);
        await retrying(surroundings)(() => Promise.reject(busy())).catch(() => undefined);
        waits.forEach((wait, n) => {
          expect(wait).toBeLessThanOrEqual(100 * 2 ** (n + 1));
        });
      }),
    );
  });
});

describe('the budget', () => {
  it('keeps thousands of calls from knocking eight times each at a dead server', async () => {
    const {surroundings} = world();
    const call = retrying(surroundings, new RetryBudget());
    let knocks = 0;
    for (let calls = 0; calls < 1000; calls++)
      await call(() => {
        knocks++;
        return Promise.reject(busy());
      }).catch(() => undefined);
    expect(knocks).toBe(1100);
  });

  it('lasts for ever where a fifth of all calls fails', async () => {
    const {surroundings} = world();
    const call = retrying(surroundings, new RetryBudget());
    let calls = 0;
    for (let work = 0; work < 5000; work++)
      await call(async () => {
        if (calls++ % 5 === 0) throw busy();
      });
    expect(calls).toBeGreaterThan(6000);
  });

  it('leaves a server alone that keeps everybody waiting, and asks again after a while', async () => {
    const {surroundings, pass} = world();
    const call = retrying(surroundings, new RetryBudget());
    let asked = 0;
    const wait = () =>
      call(async () => {
        asked++;
        pass(40_000);
        throw stalled();
      });
    for (let calls = 0; calls < 50; calls++) await expect(wait()).rejects.toThrow(/nothing came/);
    expect(asked).toBe(4);
    await expect(wait()).rejects.toThrow(
      'nothing came for 40 s (not asked again for a while, after so much waiting)',
    );
    pass(300_000);
    expect(await call(async () => 'back')).toBe('back');
  });

  it('outlives a stall now and then: one in twenty calls, for hours', async () => {
    const {surroundings, pass} = world();
    const call = retrying(surroundings, new RetryBudget());
    let asked = 0;
    for (let work = 0; work < 2000; work++)
      await call(async () => {
        if (asked++ % 20 !== 0) return;
        pass(40_000);
        throw stalled();
      });
    expect(asked).toBeGreaterThan(2100);
  });
});

describe('a listing', () => {
  it('goes on after the last key that came', async () => {
    const inner = new MemoryBucket();
    const keys = Array.from({length: 30}, (_, n) => `k${String(n).padStart(2, '0')}`);
    for (const key of keys) await inner.put(key, Buffer.from(key), {ifAbsent: false});
    const list = inner.list.bind(inner);
    inner.list = async function* (prefix: string, after?: string): AsyncGenerator<Listed> {
      let left = 7;
      for await (const listed of list(prefix, after)) {
        if (left-- === 0) throw new BucketError('truncated', 'the page broke off');
        yield listed;
      }
    };
    const {waits, surroundings} = world();
    expect(await keysOf(new RetryingBucket(inner, surroundings), 'k')).toEqual(keys);
    expect(waits).toHaveLength(4);
  });
});
