import {createHash} from 'node:crypto';

/** Draws that are the same for everyone who has the seed. */
export interface Choices {
  /** A whole number in [0, limit). */
  below(limit: number): number;
  of<T>(items: readonly T[]): T;
}

/** SHA-256 of the seed and a counter, eight draws a hash. */
export function choicesFrom(seed: string): Choices {
  let counter = 0;
  let pool: number[] = [];
  const next = () => {
    if (pool.length === 0) {
      const hash = createHash('sha256').update(`${seed} ${counter++}`).digest();
      pool = Array.from({length: 8}, (_, i) => hash.readUInt32BE(i * 4));
    }
    return pool.pop() ?? 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    of(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to choose from');
      return item;
    },
  };
}
