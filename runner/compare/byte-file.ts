import {closeSync, readSync} from 'node:fs';
import {openRegularFile} from '../../artifacts/files/open-regular-file.ts';
import {StoreError} from '../../artifacts/store-error.ts';

/** A file that is read at positions, in constant memory. Dispose of it. */
export class ByteFile implements Disposable {
  readonly size: number;
  readonly #descriptor: number;
  readonly #path: string;

  constructor(path: string) {
    const opened = openRegularFile(path);
    if (!opened.ok) throw new StoreError('unavailable', path, `${path} can't be read: ${opened.error.code}`);
    this.#descriptor = opened.value.descriptor;
    this.size = opened.value.stat.size;
    this.#path = path;
  }

  /** Fills as much of `buffer` as the file has from `position` on; says how much that was. */
  readInto(buffer: Uint8Array, position: number): number {
    let at = 0;
    while (at < buffer.length) {
      const read = readSync(this.#descriptor, buffer, at, buffer.length - at, position + at);
      if (read === 0) break;
      at += read;
    }
    return at;
  }

  /** Exactly these bytes. A file that got shorter meanwhile is trouble, not an end. */
  read(position: number, length: number): Uint8Array {
    const buffer = Buffer.alloc(length);
    if (this.readInto(buffer, position) < length)
      throw new StoreError('unavailable', this.#path, `${this.#path} became shorter while it was read`);
    return buffer;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
