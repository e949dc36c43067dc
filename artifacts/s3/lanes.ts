/** A few pieces of work at a time, in the order they came; the first failure ends it. */
export class Lanes<T> {
  readonly #most: number;
  readonly #results: Promise<T>[] = [];
  readonly #underway = new Set<Promise<unknown>>();
  #failure: {readonly error: unknown} | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for room, and begins. Throws what an earlier piece failed with. */
  async add(begin: () => Promise<T>): Promise<void> {
    while (this.#underway.size >= this.#most) await Promise.race(this.#underway);
    if (this.#failure !== undefined) throw this.#failure.error;
    const work = begin();
    this.#results.push(work);
    const ended = work
      .catch((error: unknown) => {
        this.#failure ??= {error};
      })
      .finally(() => this.#underway.delete(ended));
    this.#underway.add(ended);
  }

  all(): Promise<readonly T[]> {
    return Promise.all(this.#results);
  }

  /** Never throws. */
  async ended(): Promise<void> {
    await Promise.all(this.#underway);
  }
}
