import {closeSync, lstatSync, renameSync, unlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Bucket, ByteRange, FileToPut, Listed, PutOptions, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {checkedKey, checkedPrefix} from '../bucket/bucket-key.ts';
import {checkedRange} from '../bucket/byte-range.ts';
import {eachCheckedChunk, openFileToPut} from '../bucket/file-to-put.ts';
import {flushFile, TouchedDirectories} from '../files/durable-directory.ts';
import {removeQuietly, writeFully} from '../files/temporary-file.ts';
import {linkInto} from '../files/write-once.ts';
import {errnoOf} from '../store-error.ts';
import {folderBucketError} from './folder-error.ts';
import {INCOMING, sweepIncoming, writeIncoming} from './incoming.ts';
import {listFolder} from './list-folder.ts';
import {readFileOf} from './read-file.ts';

/**
 * A bucket in a folder: one can publish into it, and let any web server serve it. Visible means complete and
 * flushed, as in a store on disk. A key can't be both a file and a folder of others; S3 would allow that,
 * and no layout of ours needs it.
 */
export class FolderBucket implements Bucket {
  readonly name: string;
  readonly #root: string;
  readonly #settled = new Set<string>();
  #swept = false;

  /** `root`: absolute. Made when first written to. */
  constructor(root: string) {
    this.#root = root;
    this.name = root;
  }

  async size(key: string): Promise<number | undefined> {
    try {
      const stat = lstatSync(this.#path(key));
      return stat.isFile() ? stat.size : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw folderBucketError(error, this.name);
    }
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    checkedRange(range);
    const size = await this.size(key);
    return size === undefined ? undefined : readFileOf(this.#path(key), size, range);
  }

  put(key: string, bytes: Uint8Array, {ifAbsent}: PutOptions): Promise<'written' | 'present'> {
    return this.#publish(key, ifAbsent, async (descriptor) => writeFully(descriptor, bytes));
  }

  async putFile(key: string, file: FileToPut): Promise<void> {
    await this.#publish(key, false, async (descriptor) => {
      const source = openFileToPut(file);
      try {
        await eachCheckedChunk(source, file, (chunk) => writeFully(descriptor, chunk));
      } finally {
        closeSync(source);
      }
    });
  }

  list(prefix: string, after = ''): AsyncIterable<Listed> {
    return listFolder(this.#root, checkedPrefix(prefix), after);
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const path of keys.map((key) => this.#path(key))) {
      try {
        unlinkSync(path);
      } catch (error) {
        if (!isAbsent(error)) throw folderBucketError(error, this.name);
      }
    }
  }

  async close(): Promise<void> {
    this.#settled.clear();
  }

  async #publish(
    key: string,
    ifAbsent: boolean,
    write: (descriptor: number) => Promise<void>,
  ): Promise<'written' | 'present'> {
    const path = this.#path(key);
    try {
      // A name that is taken is found before the bytes are written; the link decides all the same.
      if (ifAbsent && (await this.size(key)) !== undefined) return await this.#settle(path);
      const incoming = await writeIncoming(this.#root, write);
      if (!this.#swept) sweepIncoming(this.#root, incoming);
      this.#swept = true;
      try {
        return await this.#name(incoming, path, ifAbsent);
      } finally {
        removeQuietly(incoming);
      }
    } catch (error) {
      throw folderBucketError(error, this.name);
    }
  }

  /** The moment it becomes visible: `link` where nothing may be replaced, `rename` where it may. */
  async #name(incoming: string, path: string, ifAbsent: boolean): Promise<'written' | 'present'> {
    const touched = this.#touched();
    const linked = linkInto(incoming, path, touched);
    if (linked === 'exists' && ifAbsent) return this.#settle(path);
    if (linked === 'exists') renameSync(incoming, path);
    await touched.flush();
    return 'written';
  }

  /** Somebody else's, who may have been killed before flushing it: flushed before anyone relies on it. */
  async #settle(path: string): Promise<'present'> {
    await flushFile(path);
    const touched = this.#touched();
    touched.add(dirname(path));
    await touched.flush();
    return 'present';
  }

  #touched(): TouchedDirectories {
    return new TouchedDirectories({root: this.#root, settled: this.#settled});
  }

  #path(key: string): string {
    return join(this.#root, checkedName(key));
  }
}

function checkedName(key: string): string {
  if (key.startsWith(`${INCOMING}/`))
    throw new BucketError('refused', `${INCOMING}/ is for what is being written: ${JSON.stringify(key)}`);
  return checkedKey(key);
}

function isAbsent(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}
