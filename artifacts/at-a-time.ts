/**
 * Two ways of doing only so much at a time: `inParallel` for a list of work that is known, `Turnstile` for callers that
 * come as they come. (What waits for memory, processors or accelerators is another thing: runner/run/admission.ts.)
 */

/**
 * Works on `most` items at a time, begun in their order. After the first failure nothing new is begun; it is thrown when
 * what was begun has ended, so that nobody works on behind the caller's back. Items that are made one after another,
 * asynchronously, are made only as there is room for them.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failures: unknown[] = [];
  const lane = async () => {
    try {
      while (failures.length === 0) {
        const next = await iterator.next();
        if (next.done === true || failures.length > 0) return;
        await work(next.value);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({length: most}, lane));
  if (failures.length > 0) throw failures[0];
}

/** Lets a fixed number in at a time, in the order they came: open files are a limited good, and so is memory. */
export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async run<T>(work: () => Promise<T> | T): Promise<T> {
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** For work that ends elsewhere than where it entered: what this gives lets the next one in, once. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let inside = true;
    return () => {
      if (inside) this.#leave();
      inside = false;
    };
  }

  #leave(): void {
    // Whoever waits gets this place; it never becomes free in between.
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
