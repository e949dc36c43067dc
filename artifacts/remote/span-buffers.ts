/**
 * Memory that is used again: packs come and go by the hundred, and the garbage of a few megabytes each would be
 * several times what is in use.
 */
export class SpanBuffers {
  readonly #free: Buffer[] = [];

  async use<T>(size: number, work: (bytes: Buffer) => Promise<T>): Promise<T> {
    const buffer = this.#take(size);
    try {
      return await work(buffer.subarray(0, size));
    } finally {
      this.#free.push(buffer);
    }
  }

  #take(size: number): Buffer {
    const at = this.#free.findIndex((buffer) => buffer.length >= size);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    if (found !== undefined) return found;
    // One that is too small makes way for one that is large enough.
    this.#free.pop();
    return Buffer.allocUnsafeSlow(Math.ceil(size / UNIT) * UNIT);
  }
}

const UNIT = 2 ** 20;
