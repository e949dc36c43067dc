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
});

describe('waits that lead to nothing', () => {
  const WINDOW = 20_000;
  const stalled = () => new BucketError('unreachable', 'nothing came', {costly: true});

  it('are two windows in all, where every other call is not answered', async () => {
    const {surroundings, pass} = world(() => 0);
    const call = retrying(surroundings, new RetryBudget());
    let calls = 0;
    const every2nd = () => {
      if (calls++ % 2 === 1) return Promise.resolve('an answer');
      pass(WINDOW);
      return Promise.reject(stalled());
    };
    const ends: string[] = [];
    for (let work = 0; work < 100; work++) ends.push(await call(every2nd).catch(String));
    expect(surroundings.now()).toBe(2 * WINDOW);
    expect(ends.filter((end) => end === 'an answer')).toHaveLength(1);
    expect(ends.at(-1)).toContain('not asked again for a while, after so much waiting');
  });

  it('are one for all the calls that waited at the same time', async () => {
    const {surroundings, pass} = world(() => 0);
    const call = retrying(surroundings, new RetryBudget());
    let silent = true;
    let fall: (error: Error) => void = () => undefined;
    const outage = new Promise<string>((_, reject) => {
      fall = reject;
    });
    const all = Array.from({length: 64}, () => call(() => (silent ? outage : Promise.resolve('an answer'))));
    pass(WINDOW);
    silent = false;
    fall(stalled());
    expect(new Set(await Promise.all(all))).toEqual(new Set(['an answer']));
  });

  it('are forgiven after a rest, for a run of hours outlives bad minutes', async () => {
    const {surroundings, pass} = world(() => 0);
    const call = retrying(surroundings, new RetryBudget());
    const silent = () => call(() => Promise.reject(stalled()));
    for (let calls = 0; calls < 5; calls++) await expect(silent()).rejects.toThrow('nothing came');
    await expect(call(async () => 'an answer')).rejects.toThrow('not asked again for a while');
    pass(300_000);
    expect(await call(async () => 'an answer')).toBe('an answer');
  });

  it('may happen once in a while', async () => {
    const {surroundings, pass} = world(() => 0);
    const call = retrying(surroundings, new RetryBudget());
    let calls = 0;
    for (let work = 0; work < 1000; work++)
      await call(() => {
        if (calls++ % 60 !== 0) return Promise.resolve();
        pass(WINDOW);
        return Promise.reject(stalled());
      });
    expect(calls).toBeGreaterThan(1000);
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
