import type {Bucket, Listed, Reading} from '../bucket/bucket.ts';

/** A bucket that says it holds things, for counting who asks for what. There are no bytes in it. */
export class PhantomBucket implements Bucket {
  readonly name = 'phantom';
  readonly #sizes = new Map<string, number>();
  #sorted: readonly string[] | undefined;

  add(key: string, size: number): void {
    this.#sizes.set(key, size);
    this.#sorted = undefined;
  }

  async size(key: string): Promise<number | undefined> {
    return this.#sizes.get(key);
  }

  async get(): Promise<Reading | undefined> {
    return undefined;
  }

  async put(): Promise<'written'> {
    return 'written';
  }

  async putFile(): Promise<void> {
    // Nothing is kept.
  }

  async *list(prefix: string, after = ''): AsyncGenerator<Listed> {
    this.#sorted ??= [...this.#sizes.keys()].sort();
    const from = firstAfter(this.#sorted, after < prefix ? prefix : after);
    for (let at = from; at < this.#sorted.length; at++) {
      const key = this.#sorted[at] ?? '';
      if (!key.startsWith(prefix)) return;
      yield {key, size: this.#sizes.get(key) ?? 0, modified: 0};
    }
  }

  async remove(): Promise<void> {
    // Nothing is kept.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

function firstAfter(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
