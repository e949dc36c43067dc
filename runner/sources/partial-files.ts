import {randomBytes} from 'node:crypto';
import {mkdirSync, readdirSync, renameSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {ownedName, ownerOf} from '../../artifacts/owner.ts';
import {errnoOf, toStoreError} from '../../artifacts/store-error.ts';
import {PartialFile} from './partial-file.ts';
import {type PartialName, parsePartialName, partialName, shortKey} from './partial-name.ts';

export interface PartialFilesOptions {
  /** In the store's file system, so that a finished file becomes an object without being copied. */
  readonly directory: string;
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  readonly now: () => number;
}

/** Nobody went on with it for so long that nobody will. */
const FORGOTTEN_MS = 30 * 86_400_000;

/**
 * Downloads on their way, kept from one process to the next. Who writes to one has renamed it to a name of their
 * own first. A rename is atomic, so a file has one writer; what a dead owner left is taken over by the same
 * rename. There is no lock to break.
 */
export class PartialFiles {
  readonly #options: PartialFilesOptions;
  #free: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(options: PartialFilesOptions) {
    this.#options = options;
  }

  /** The file to go on with, or a new one; this process's alone until it is released. */
  take(key: string): PartialFile {
    const short = shortKey(key);
    try {
      this.#free ??= this.#lookAround();
      for (const name of this.#free.get(short) ?? []) {
        const taken = this.#takeOver(name, short);
        if (taken !== undefined) return taken;
      }
      return PartialFile.create(this.#newPath({short, hint: ''}));
    } catch (error) {
      throw toStoreError(error, this.#options.directory);
    }
  }

  #takeOver(name: string, short: string): PartialFile | undefined {
    const hint = parsePartialName(name)?.hint ?? '';
    const path = this.#newPath({short, hint});
    try {
      renameSync(join(this.#options.directory, name), path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined; // Another process was first.
      throw error;
    }
    return PartialFile.open(path, hint);
  }

  /** Once: a data set of 100,000 files must not read the folder as often. */
  #lookAround(): ReadonlyMap<string, readonly string[]> {
    const {directory} = this.#options;
    mkdirSync(directory, {recursive: true, mode: 0o700});
    const free = new Map<string, string[]>();
    for (const name of readdirSync(directory)) {
      const short = parsePartialName(name)?.short;
      if (short === undefined || !this.#isFree(name) || this.#forget(name)) continue;
      free.set(short, [...(free.get(short) ?? []), name]);
    }
    return free;
  }

  #isFree(name: string): boolean {
    const owner = ownerOf(name);
    return owner === undefined || !this.#options.isAlive(owner);
  }

  #forget(name: string): boolean {
    const path = join(this.#options.directory, name);
    const modified = statSync(path, {throwIfNoEntry: false})?.mtimeMs;
    const forgotten = modified !== undefined && modified < this.#options.now() - FORGOTTEN_MS;
    if (forgotten) rmSync(path, {force: true});
    return forgotten;
  }

  #newPath(name: PartialName): string {
    const rest = `${partialName(name)}.${randomBytes(4).toString('hex')}`;
    return join(this.#options.directory, ownedName(this.#options.owner, rest));
  }
}
