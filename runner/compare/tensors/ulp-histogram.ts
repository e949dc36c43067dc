import type {UlpBucket} from '../../../schemas/comparison.ts';

/** How far apart elements are, counted in powers of two: 0, 1, 2-3, 4-7, … */
export class UlpHistogram {
  /** Bucket 0 is 0; bucket n is from 2^(n-1) to 2^n - 1. */
  readonly #counts = new Float64Array(66);
  #max = -1;

  add(distance: number): void {
    if (distance > this.#max) this.#max = distance;
    const bucket = bucketOf(distance);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  include(other: UlpHistogram): void {
    if (other.#max > this.#max) this.#max = other.#max;
    for (const [index, count] of other.#counts.entries())
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }

  get max(): number | undefined {
    return this.#max < 0 ? undefined : this.#max;
  }

  get buckets(): readonly UlpBucket[] {
    return [...this.#counts].flatMap((count, index) =>
      count === 0
        ? []
        : [{from: index === 0 ? 0 : 2 ** (index - 1), to: index === 0 ? 0 : 2 ** index - 1, count}],
    );
  }
}

function bucketOf(distance: number): number {
  if (distance < 2 ** 32) return 32 - Math.clz32(distance);
  return 64 - Math.clz32(Math.min(distance / 2 ** 32, 2 ** 32 - 1));
}
