import type {Bucket, ByteRange, FileToPut, Listed, PutOptions, Reading} from '../bucket/bucket.ts';

/** Counts what a server would be asked; a listing is one request for each thousand keys, or part of it. */
export class CountingBucket implements Bucket {
  readonly name: string;
  readonly requests = {size: 0, get: 0, put: 0, list: 0, remove: 0};
  /** How many bytes were read. */
  bytes = 0;
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.name = bucket.name;
  }

  get total(): number {
    return Object.values(this.requests).reduce((sum, count) => sum + count, 0);
  }

  forget(): void {
    Object.assign(this.requests, {size: 0, get: 0, put: 0, list: 0, remove: 0});
    this.bytes = 0;
  }

  size(key: string): Promise<number | undefined> {
    this.requests.size++;
    return this.#bucket.size(key);
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    this.requests.get++;
    const reading = await this.#bucket.get(key, range);
    return reading && {...reading, chunks: this.#counted(reading.chunks)};
  }

  put(key: string, bytes: Uint8Array, options: PutOptions): Promise<'written' | 'present'> {
    this.requests.put++;
    return this.#bucket.put(key, bytes, options);
  }

  putFile(key: string, file: FileToPut): Promise<void> {
    this.requests.put++;
    return this.#bucket.putFile(key, file);
  }

  async *list(prefix: string, after?: string): AsyncGenerator<Listed> {
    let seen = 0;
    this.requests.list++;
    for await (const listed of this.#bucket.list(prefix, after)) {
      if (seen > 0 && seen % 1000 === 0) this.requests.list++;
      seen++;
      yield listed;
    }
  }

  remove(keys: readonly string[]): Promise<void> {
    this.requests.remove += Math.ceil(keys.length / 1000);
    return this.#bucket.remove(keys);
  }

  close(): Promise<void> {
    return this.#bucket.close();
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}
