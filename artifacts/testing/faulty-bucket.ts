import type {Bucket, ByteRange, FileToPut, Listed, PutOptions, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';

export type Fault =
  /** The connection breaks after half of what was asked for, and says so. */
  | 'break'
  /** It ends after half, cleanly. */
  | 'cut'
  /** One bit of the answer is another. */
  | 'flip'
  /** More bytes come than were asked for. */
  | 'flood'
  /** The server has no time. */
  | 'busy'
  /** The write happens, and its answer is lost. */
  | 'lost-answer'
  /** Nothing answers. */
  | 'gone';

/** A bucket whose connection is as bad as the test says. Counts what it did. */
export class FaultyBucket implements Bucket {
  readonly name: string;
  readonly injected = new Map<Fault, number>();
  readonly #bucket: Bucket;
  readonly #next: (call: 'get' | 'put' | 'size' | 'list', key: string) => Fault | undefined;

  constructor(
    bucket: Bucket,
    next: (call: 'get' | 'put' | 'size' | 'list', key: string) => Fault | undefined,
  ) {
    this.#bucket = bucket;
    this.#next = next;
    this.name = bucket.name;
  }

  async size(key: string): Promise<number | undefined> {
    this.#before('size', key);
    return this.#bucket.size(key);
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    const fault = this.#before('get', key);
    const reading = await this.#bucket.get(key, range);
    if (reading === undefined || fault === undefined) return reading;
    return {...reading, chunks: this.#spoil(reading.chunks, fault)};
  }

  async put(key: string, bytes: Uint8Array, options: PutOptions): Promise<'written' | 'present'> {
    const fault = this.#before('put', key);
    const outcome = await this.#bucket.put(key, bytes, options);
    // As a client does that tries again after an answer was lost: the second time something is there.
    return fault === 'lost-answer' && outcome === 'written' ? this.#bucket.put(key, bytes, options) : outcome;
  }

  async putFile(key: string, file: FileToPut): Promise<void> {
    this.#before('put', key);
    await this.#bucket.putFile(key, file);
  }

  async *list(prefix: string, after?: string): AsyncGenerator<Listed> {
    this.#before('list', prefix);
    yield* this.#bucket.list(prefix, after);
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.#bucket.remove(keys);
  }

  close(): Promise<void> {
    return this.#bucket.close();
  }

  #before(call: 'get' | 'put' | 'size' | 'list', key: string): Fault | undefined {
    const fault = this.#next(call, key);
    if (fault === undefined) return undefined;
    this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
    if (fault === 'gone') throw new BucketError('unreachable', `${this.name}: no answer`, {retryable: false});
    if (fault === 'busy') throw new BucketError('busy', `${this.name}: slow down`);
    return fault;
  }

  async *#spoil(chunks: AsyncIterable<Uint8Array>, fault: Fault): AsyncGenerator<Uint8Array> {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
    const bytes = Buffer.concat(all);
    const half = Math.floor(bytes.length / 2);
    if (fault === 'break' || fault === 'cut') {
      yield bytes.subarray(0, half);
      if (fault === 'break') throw new BucketError('truncated', `${this.name}: the connection broke`);
      return;
    }
    if (fault === 'flip' && bytes.length > 0) bytes[half] = (bytes[half] ?? 0) ^ 1;
    yield bytes;
    if (fault === 'flood') yield Buffer.alloc(2 ** 20);
  }
}
