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

  /** For who leaves elsewhere than where it came in; leaving twice is leaving once. */
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
