import {createHash, type Hash} from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {writeFully} from '../../artifacts/files/temporary-file.ts';
import {breathe, finish} from '../../artifacts/hashing.ts';
import {errnoOf, toStoreError} from '../../artifacts/store-error.ts';
import type {Digest} from '../../schemas/digest.ts';
import {parsePartialName, partialName} from './partial-name.ts';

/** A file that grows by what is fetched, hashed as it grows. Owned by this process, by its name. */
export class PartialFile {
  readonly path: string;
  /** The validator that its bytes came with; '' when unknown. */
  hint: string;
  #descriptor: number | undefined;
  #size: number;
  #hash: Hash = createHash('sha256');
  /** How many of its bytes are hashed: fewer than there are, for one that was taken over. */
  #hashed = 0;

  private constructor(path: string, hint: string, descriptor: number, size: number) {
    this.path = path;
    this.hint = hint;
    this.#descriptor = descriptor;
    this.#size = size;
  }

  static create(path: string): PartialFile {
    const flags =
      constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW;
    return new PartialFile(path, '', openSync(path, flags, 0o600), 0);
  }

  /** One that somebody left. Where it has become an object of the store since, it must not be written to. */
  static open(path: string, hint: string): PartialFile {
    const descriptor = tryOpen(path);
    const stat = descriptor === undefined ? undefined : fstatSync(descriptor);
    if (
      descriptor !== undefined &&
      stat?.isFile() === true &&
      stat.nlink === 1 &&
      (stat.mode & 0o200) !== 0
    ) {
      return new PartialFile(path, hint, descriptor, stat.size);
    }
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(path, {recursive: true, force: true});
    return PartialFile.create(path);
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    if (this.#hashed !== this.#size) throw new Error('a partial file is hashed before it grows');
    try {
      writeFully(this.#open, bytes);
    } catch (error) {
      // A full disk may have taken some of it.
      ftruncateSync(this.#open, this.#size);
      throw toStoreError(error, this.path);
    }
    this.#hash.update(bytes);
    this.#size += bytes.length;
    this.#hashed = this.#size;
  }

  /** Nothing of it is of use. */
  restart(): void {
    ftruncateSync(this.#open, 0);
    this.#size = 0;
    this.#hashed = 0;
    this.#hash = createHash('sha256');
    this.hint = '';
  }

  /** Reads what was kept, as far as it has not been hashed. */
  async digest(): Promise<Digest> {
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let reads = 1; this.#hashed < this.#size; reads++) {
      const read = readSync(this.#open, chunk, 0, CHUNK, this.#hashed);
      if (read === 0) break;
      this.#hash.update(chunk.subarray(0, read));
      this.#hashed += read;
      if (reads % 32 === 0) await breathe();
    }
    return finish(this.#hash.copy());
  }

  /** Done with writing; the file stays under its name. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Left for whoever goes on with it. */
  release(): void {
    this.close();
    const short = parsePartialName(basename(this.path))?.short;
    if (this.#size === 0 || short === undefined) this.discard();
    else renameSync(this.path, join(dirname(this.path), partialName({short, hint: this.hint})));
  }

  discard(): void {
    this.close();
    rmSync(this.path, {force: true});
  }

  get #open(): number {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is closed`);
    return this.#descriptor;
  }
}

const CHUNK = 2 ** 20;

function tryOpen(path: string): number | undefined {
  try {
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return openSync(path, flags);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
