import {describe, expect, it} from 'vitest';
import {inParallel, Turnstile} from './at-a-time.ts';
import fc from './testing/properties.ts';

/** Work that ends when the test says so, and what has begun. */
function bench() {
  const begun: number[] = [];
  const ends = new Map<number, {readonly done: () => void; readonly fail: (error: Error) => void}>();
  const work = (item: number) =>
    new Promise<void>((done, fail) => {
      begun.push(item);
      ends.set(item, {done, fail});
    });
  return {
    begun,
    work,
    end: (item: number) => ends.get(item)?.done(),
    fail: (item: number, error: Error) => ends.get(item)?.fail(error),
  };
}

const settle = async () => {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
};

async function* made(items: readonly number[], log: number[]): AsyncGenerator<number> {
  for (const item of items) {
    log.push(item);
    yield item;
  }
}

describe('work on a few at a time', () => {
  it('begins in order, the next as soon as one ends', async () => {
    const {begun, work, end} = bench();
    const all = inParallel([1, 2, 3, 4], 2, work);
    await settle();
    expect(begun).toEqual([1, 2]);
    end(2);
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    end(1);
    end(3);
    await settle();
    end(4);
    await all;
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  it('begins nothing after a failure, and tells the first when all has ended', async () => {
    const {begun, work, end, fail} = bench();
    const told: string[] = [];
    const all = inParallel([1, 2, 3, 4], 3, work).catch((error: Error) => void told.push(error.message));
    await settle();
    fail(2, new Error('the first'));
    await settle();
    fail(1, new Error('the second'));
    await settle();
    expect([begun, told]).toEqual([[1, 2, 3], []]);
    end(3);
    await all;
    expect([begun, told]).toEqual([[1, 2, 3], ['the first']]);
  });

  it('makes items only as there is room, and fails as their maker does', async () => {
    const {begun, work, end} = bench();
    const log: number[] = [];
    const all = inParallel(made([1, 2, 3], log), 1, work);
    await settle();
    expect([log, begun]).toEqual([[1], [1]]);
    for (const item of [1, 2, 3]) {
      end(item);
      await settle();
    }
    await all;
    expect(log).toEqual([1, 2, 3]);
    const broken = (function* () {
      yield 1;
      throw new Error('no more');
    })();
    await expect(inParallel(broken, 2, async () => undefined)).rejects.toThrow('no more');
  });

  it('does each item once, and never more at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({min: 0, max: 3})),
        fc.integer({min: 1, max: 6}),
        async (turns, most) => {
          let now = 0;
          let highest = 0;
          const done: number[] = [];
          await inParallel(turns.entries(), most, async ([at, waits]) => {
            highest = Math.max(highest, ++now);
            for (let n = 0; n < waits; n++) await Promise.resolve();
            now--;
            done.push(at);
          });
          expect(highest).toBeLessThanOrEqual(most);
          expect(done.toSorted((a, b) => a - b)).toEqual([...turns.keys()]);
        },
      ),
    );
  });
});

describe('a turnstile', () => {
  it('lets in as many as it has places, in the order they came; leaving twice is leaving once', async () => {
    const turnstile = new Turnstile(1);
    const leave = await turnstile.enter();
    const inside: number[] = [];
    const others = [1, 2].map((number) =>
      turnstile.enter().then((out) => {
        inside.push(number);
        return out;
      }),
    );
    leave();
    leave();
    await settle();
    expect(inside).toEqual([1]);
    (await others[0])?.();
    await others[1];
    expect(inside).toEqual([1, 2]);
  });

  it('lets the next one in after a failure', async () => {
    const turnstile = new Turnstile(1);
    await expect(turnstile.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turnstile.run(() => 'in')).toBe('in');
  });
});
