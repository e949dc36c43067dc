import {createHash, type Hash} from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import {flushDescriptor} from '../files/durable-directory.ts';
import {closeQuietly} from '../files/temporary-file.ts';
import {breathe, finish} from '../hashing.ts';
import {StoreError} from '../store-error.ts';

/**
 * A file that grows as its bytes come from somewhere, hashed in the same pass. What a former process left of it is
 * hashed again before anything is added: nobody knows what happened to it meanwhile.
 */
export class GrowingFile {
  readonly path: string;
  readonly #descriptor: number;
  #hash: Hash = createHash('sha256');
  #size = 0;

  private constructor(path: string, flags: number) {
    this.path = path;
    this.#descriptor = openSync(path, flags | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  }

  static create(path: string): GrowingFile {
    return new GrowingFile(path, constants.O_CREAT | constants.O_EXCL);
  }

  /** Goes on after what is there; from the start, when that is more than there can be. */
  static async resume(path: string, most: number): Promise<GrowingFile> {
    const file = new GrowingFile(path, 0);
    try {
      if (fstatSync(file.#descriptor).size > most) file.restart();
      else await file.#hashWhatIsThere();
      return file;
    } catch (error) {
      closeQuietly(file.#descriptor);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const written = writeSync(this.#descriptor, chunk, at, chunk.length - at, this.#size);
      // A full disk writes short and says nothing: only the loop meets the error.
      if (written === 0) throw new StoreError('full', this.path, 'the file system takes no more bytes');
      at += written;
      this.#size += written;
    }
  }

  /** Of everything that is in it. To be asked once; after that it can only start again. */
  digest(): Digest {
    return finish(this.#hash);
  }

  restart(): void {
    ftruncateSync(this.#descriptor, 0);
    this.#hash = createHash('sha256');
    this.#size = 0;
  }

  /** Read-only from here on, and flushed. */
  async seal(mode: number): Promise<Stats> {
    fchmodSync(this.#descriptor, mode);
    await flushDescriptor(this.#descriptor);
    return fstatSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  async #hashWhatIsThere(): Promise<void> {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const read = readSync(this.#descriptor, buffer, 0, CHUNK, this.#size);
      if (read === 0) return;
      this.#hash.update(buffer.subarray(0, read));
      this.#size += read;
      if (this.#size % (32 * CHUNK) === 0) await breathe();
    }
  }
}

const CHUNK = 2 ** 20;
