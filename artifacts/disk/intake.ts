import {chmodSync, existsSync, lstatSync, mkdirSync} from 'node:fs';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {inParallel} from '../at-a-time.ts';
import {AT_ONCE, flushFile, TouchedDirectories} from '../files/durable-directory.ts';
import {flushFileSystem} from '../files/flush-file-system.ts';
import {renameIfThere} from '../files/rename-if-there.ts';
import {
  closeQuietly,
  createTemporary,
  removeQuietly,
  temporaryName,
  writeFully,
} from '../files/temporary-file.ts';
import {linkInto} from '../files/write-once.ts';
import {objectPath} from '../layout.ts';
import {ownedName} from '../owner.ts';
import {toStoreError} from '../store-error.ts';
import {GrowingFile} from './growing-file.ts';
import {nameObject, type ObjectDisk, type StagedObject} from './objects.ts';

/**
 * Objects that come from another store, many at a time. All get their bytes first, then all are flushed at once,
 * then all get their names: durability costs a few flushes for thousands of files, and visible still means complete.
 *
 * Whoever calls has hashed what it hands over, and calls `settle` at the end; nothing is in the store before.
 */
export class Intake {
  readonly #disk: ObjectDisk;
  #small: Named[] = [];
  #large: StagedObject[] = [];
  #bytes = 0;
  /** Batches settle one after another: whoever fills one up waits for it. */
  #settling: Promise<void> = Promise.resolve();

  constructor(disk: ObjectDisk) {
    this.#disk = disk;
  }

  /** Bytes whose SHA-256 is `digest`: that was checked a moment ago. */
  async add(digest: Digest, bytes: Uint8Array): Promise<void> {
    const {path: temporary, descriptor} = createTemporary(this.#disk);
    try {
      writeFully(descriptor, bytes);
    } catch (error) {
      removeQuietly(temporary);
      throw toStoreError(error, digest);
    } finally {
      closeQuietly(descriptor);
    }
    this.#bytes += bytes.length;
    const many = this.#small.push({temporary, digest}) >= MOST_FILES;
    if (many || this.#bytes >= MOST_BYTES) await this.flush();
  }

  /** A large object that grows where it can be gone on with if this process dies. */
  async grow(digest: Digest, size: number): Promise<GrowingObject> {
    try {
      const path = this.#partial(ownedName(this.#disk.owner, hexOf(digest)));
      mkdirSync(this.#disk.layout.partial, {recursive: true});
      const file = this.#claim(digest, path) ? await GrowingFile.resume(path, size) : this.#create(path);
      return {file, done: () => this.#done(digest, file), leave: (keep) => this.#leave(digest, file, keep)};
    } catch (error) {
      throw toStoreError(error, digest);
    }
  }

  /** When it resolves, everything that was added is in the store, durably. */
  flush(): Promise<void> {
    const batch = {small: this.#small, large: this.#large};
    this.#small = [];
    this.#large = [];
    this.#bytes = 0;
    const settling = this.#settling.then(() => this.#settle(batch));
    // A failure is told to whoever waits for this batch; the next one begins anew.
    this.#settling = settling.catch(() => undefined);
    return settling;
  }

  /** Instead of `settle`, after a failure: takes away what has no name yet. */
  abandon(): void {
    for (const {temporary} of [...this.#small, ...this.#large]) removeQuietly(temporary);
    this.#small = [];
    this.#large = [];
  }

  async #settle({small, large}: Batch): Promise<void> {
    const {directories, layout} = this.#disk;
    const touched = new TouchedDirectories(directories);
    try {
      await flushAll(
        small.map(({temporary}) => temporary),
        layout.temporary,
      );
      for (const named of small) await this.#name(named, touched);
      for (const object of large) await nameObject(this.#disk, object, touched);
      await touched.flush();
    } catch (error) {
      throw toStoreError(error, layout.root);
    } finally {
      for (const {temporary} of [...small, ...large]) removeQuietly(temporary);
    }
  }

  /** How a small one looks is not remembered: to hash it when it is used costs as little as to look it up. */
  async #name({temporary, digest}: Named, touched: TouchedDirectories): Promise<void> {
    if (linkInto(temporary, objectPath(this.#disk.layout, digest), touched) === 'written') return;
    await nameObject(this.#disk, {temporary, digest, stat: lstatSync(temporary)}, touched);
  }

  async #done(digest: Digest, file: GrowingFile): Promise<void> {
    try {
      const stat = await file.seal(0o444);
      file.close();
      this.#large.push({temporary: file.path, digest, stat});
    } catch (error) {
      throw toStoreError(error, digest);
    }
  }

  /** What nobody owns may be taken over by anyone: the rename has one winner. */
  #claim(digest: Digest, path: string): boolean {
    if (existsSync(path) || !renameIfThere(this.#partial(hexOf(digest)), path)) return false;
    // Its last owner died between giving it its name and taking this one away: writing here would write to the object.
    if (lstatSync(path).nlink > 1) {
      removeQuietly(path);
      return false;
    }
    chmodSync(path, 0o600);
    return true;
  }

  /** Two at a time may fetch the same in one process; the second does it where nobody goes on. */
  #create(path: string): GrowingFile {
    return GrowingFile.create(existsSync(path) ? temporaryName(this.#disk) : path);
  }

  #leave(digest: Digest, file: GrowingFile, keep: boolean): void {
    file.close();
    if (!keep || !renameIfThere(file.path, this.#partial(hexOf(digest)))) removeQuietly(file.path);
  }

  #partial(name: string): string {
    return `${this.#disk.layout.partial}/${name}`;
  }
}

/** The caller writes and hashes; it says `done` when the hash was right, else `leave`. */
export interface GrowingObject {
  readonly file: GrowingFile;
  done(): Promise<void>;
  /** `keep`: the bytes so far may be right, and somebody may go on with them. */
  leave(keep: boolean): void;
}

interface Named {
  readonly temporary: string;
  readonly digest: Digest;
}

interface Batch {
  readonly small: readonly Named[];
  /** Flushed already, each by itself. */
  readonly large: readonly StagedObject[];
}

const MOST_FILES = 8192;
const MOST_BYTES = 512 * 2 ** 20;

/** From here on one call for the file system is cheaper than one for each file. */
const MANY = 64;

async function flushAll(files: readonly string[], directory: string): Promise<void> {
  if (files.length >= MANY && (await flushFileSystem(directory))) return;
  await inParallel(files, AT_ONCE, flushFile);
}
