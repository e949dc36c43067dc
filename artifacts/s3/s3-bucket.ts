import {createHash} from 'node:crypto';
import type {
  Bucket,
  ByteRange,
  Capabilities,
  FileToPut,
  Listed,
  PutOptions,
  Reading,
} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {checkedKey, checkedPrefix} from '../bucket/bucket-key.ts';
import {checkedRange} from '../bucket/byte-range.ts';
import {lengthOf, readingOf} from '../web/answer-body.ts';
import {rangeHeader} from '../web/range-header.ts';
import {bytesIn} from './bytes-in.ts';
import {learnCapabilities} from './capabilities.ts';
import {listBucketKeys} from './list-keys.ts';
import {PART, putInParts} from './put-in-parts.ts';
import {putWhole} from './put-whole.ts';
import {removeKeys} from './remove-keys.ts';
import type {S3Connection} from './s3-connection.ts';
import {abandonUploads} from './uploads.ts';

/** A prefix in a bucket of an S3 server. Makes each request once (retrying-bucket.ts tries again), but for the parts of large files. */
export class S3Bucket implements Bucket {
  readonly name: string;
  readonly #connection: S3Connection;

  constructor(connection: S3Connection) {
    const {bucket, prefix} = connection.place;
    this.name = `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`;
    this.#connection = connection;
  }

  async size(key: string): Promise<number | undefined> {
    const request = {method: 'HEAD', key: this.#key(key), expected: [200, 400, 403, 404]} as const;
    const answer = await this.#connection.ask(request);
    answer.discard();
    if (answer.status === 404) return undefined;
    if (answer.status === 200) {
      const length = lengthOf(answer);
      if (length !== undefined) return length;
    }
    // An answer to HEAD has no body to say why it was refused; this one has.
    const reading = await this.get(key, {from: 0, to: 1});
    if (reading === undefined) return undefined;
    for await (const _ of reading.chunks) break;
    if (reading.size !== undefined) return reading.size;
    throw new BucketError('refused', `${this.#connection.host} does not say how large ${key} is`);
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    const asked = checkedRange(range);
    const headers = {'accept-encoding': 'identity', ...(asked && {range: rangeHeader(asked)})};
    const answer = await this.#connection.askIfThere({
      method: 'GET',
      key: this.#key(key),
      headers,
      expected: [200, 206, 416],
    });
    return answer && readingOf(answer, asked, `${this.name}/${key}`);
  }

  async put(key: string, bytes: Uint8Array, {ifAbsent}: PutOptions): Promise<'written' | 'present'> {
    const whole = this.#key(key);
    const body = {
      length: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      md5: createHash('md5').update(bytes).digest('base64'),
      content: bytes,
    };
    if (!ifAbsent) return putWhole(this.#connection, whole, body, false);
    const {conditionalPut} = await this.capabilities();
    if (conditionalPut) return putWhole(this.#connection, whole, body, true);
    return this.#putAndReadBack(key, bytes, () => putWhole(this.#connection, whole, body, false));
  }

  async putFile(key: string, file: FileToPut): Promise<void> {
    const whole = this.#key(key);
    if (file.size > PART) return putInParts(this.#connection, whole, file, await this.capabilities());
    const {body, close} = bytesIn(file);
    try {
      await putWhole(this.#connection, whole, await body(), false);
    } finally {
      close();
    }
  }

  list(prefix: string, after?: string): AsyncIterable<Listed> {
    return listBucketKeys(this.#connection, checkedPrefix(prefix), after);
  }

  remove(keys: readonly string[]): Promise<void> {
    return removeKeys(
      this.#connection,
      keys.map((key) => this.#key(key)),
    );
  }

  capabilities(): Promise<Capabilities> {
    return learnCapabilities(this.#connection);
  }

  abandonUploads(before: number): Promise<number> {
    return abandonUploads(this.#connection, this.#connection.place.prefix, before);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /**
   * For servers that ignore conditions: of two writers in the same moment both may be told that they wrote,
   * and the later one's bytes stay. `repro store check` says so, and that such a bucket is for one writer.
   */
  async #putAndReadBack(
    key: string,
    bytes: Uint8Array,
    put: () => Promise<unknown>,
  ): Promise<'written' | 'present'> {
    if ((await this.size(key)) !== undefined) return 'present';
    await put();
    const reading = await this.get(key);
    const hash = createHash('sha256');
    for await (const chunk of reading?.chunks ?? []) hash.update(chunk);
    const same = createHash('sha256').update(bytes).digest().equals(hash.digest());
    return same && reading !== undefined ? 'written' : 'present';
  }

  #key(key: string): string {
    return `${this.#connection.place.prefix}${checkedKey(key)}`;
  }
}
