import {closeSync} from 'node:fs';
import type {Bucket, ByteRange, FileToPut, Listed, PutOptions, Reading} from '../bucket/bucket.ts';
import {checkedKey, checkedPrefix} from '../bucket/bucket-key.ts';
import {checkedRange, clip} from '../bucket/byte-range.ts';
import {eachCheckedChunk, openFileToPut} from '../bucket/file-to-put.ts';

interface Kept {
  readonly bytes: Uint8Array;
  readonly modified: number;
}

/** For tests: keeps the contract of `testing/describe-bucket.ts`, and forgets everything. */
export class MemoryBucket implements Bucket {
  readonly name: string;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  constructor({name = 'memory', now = () => 0}: {readonly name?: string; readonly now?: () => number} = {}) {
    this.name = name;
    this.#now = now;
  }

  async size(key: string): Promise<number | undefined> {
    return this.#kept.get(checkedKey(key))?.bytes.length;
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    checkedRange(range);
    const bytes = this.#kept.get(checkedKey(key))?.bytes;
    if (bytes === undefined) return undefined;
    const {from, to} = clip(range, bytes.length);
    return {size: bytes.length, chunks: pieces(bytes.subarray(from, to))};
  }

  async put(key: string, bytes: Uint8Array, {ifAbsent}: PutOptions): Promise<'written' | 'present'> {
    if (ifAbsent && this.#kept.has(checkedKey(key))) return 'present';
    this.#keep(key, Uint8Array.from(bytes));
    return 'written';
  }

  async putFile(key: string, file: FileToPut): Promise<void> {
    const chunks: Uint8Array[] = [];
    const descriptor = openFileToPut(file);
    try {
      await eachCheckedChunk(descriptor, file, (chunk) => chunks.push(Uint8Array.from(chunk)));
    } finally {
      closeSync(descriptor);
    }
    this.#keep(key, Buffer.concat(chunks));
  }

  async *list(prefix: string, after = ''): AsyncGenerator<Listed> {
    const keys = [...this.#kept.keys()].filter((key) => key.startsWith(checkedPrefix(prefix)) && key > after);
    for (const key of keys.sort()) {
      const kept = this.#kept.get(key);
      if (kept !== undefined) yield {key, size: kept.bytes.length, modified: kept.modified};
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#kept.delete(checkedKey(key));
  }

  async close(): Promise<void> {
    this.#kept.clear();
  }

  #keep(key: string, bytes: Uint8Array): void {
    this.#kept.set(checkedKey(key), {bytes, modified: this.#now()});
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield Uint8Array.from(bytes.subarray(at, at + PIECE));
}

const PIECE = 2 ** 16;
