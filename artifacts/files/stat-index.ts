import {closeSync, fstatSync, lstatSync, mkdirSync, openSync, type Stats, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Digest} from '../../schemas/digest.ts';
import {digestOfDescriptor} from '../hashing.ts';
import {describeIngestFailure} from '../ingest-failure.ts';
import {errnoOf, StoreError, toStoreError} from '../store-error.ts';
import {openRegularFile} from './open-regular-file.ts';
import {replaceFile} from './replace-file.ts';
import {type StatFacts, StatTable} from './stat-table.ts';

export interface HashedFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** Whether the bytes were read just now, or a file that looked the same was. */
  readonly fresh: boolean;
}

/**
 * Which source files need hashing again: those whose size, times or inode differ from when they were
 * last hashed. It answers with the digest of bytes that were read once, and never with anything else.
 *
 * A file that is written twice within one tick of its file system's clock looks the same after the
 * second write. So what was modified in the tick in which it was hashed is not remembered (git's rule
 * for racy entries), and the clock is the file system's own: a probe file's time. A machine's clock
 * that is wrong, or set back, makes no difference.
 */
export class StatIndex {
  readonly #file: string;
  readonly #table: StatTable;
  #hashingSince: number | undefined;

  private constructor(file: string) {
    this.#file = file;
    this.#table = StatTable.load(file);
  }

  static load(file: string): StatIndex {
    return new StatIndex(file);
  }

  /** Undefined: it must be hashed, or isn't there. */
  known(path: string): Digest | undefined {
    return this.recall(path)?.digest;
  }

  recall(path: string): HashedFile | undefined {
    const stat = lstatSync(path, {throwIfNoEntry: false});
    if (stat === undefined || !stat.isFile()) return undefined;
    const digest = this.#table.find(path, factsOf(stat));
    if (digest !== undefined) return hashedFile(digest, stat, false);
    // The caller hashes next: from here on, what is modified can't be told from what was hashed.
    this.#hashingSince ??= fileSystemTime(this.#file);
    return undefined;
  }

  /** @throws StoreError when the file isn't a regular file or can't be read. */
  digest(path: string): HashedFile {
    return this.recall(path) ?? this.#hash(path);
  }

  /** For who hashes after `recall` said it must; `stat` is from before the bytes were read. */
  learn(path: string, stat: Stats, digest: Digest): void {
    if (this.#isSettled(stat)) this.#table.set(path, factsOf(stat), digest);
    else this.#table.delete(path);
  }

  /** Losing it costs hashing, so trouble in saving it (a read-only project) is no trouble. */
  save(): void {
    this.#hashingSince = undefined;
    if (!this.#table.dirty) return;
    try {
      replaceFile(this.#file, this.#table.encode());
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  #hash(path: string): HashedFile {
    const opened = openRegularFile(path, path);
    if (!opened.ok) throw new StoreError('denied', path, describeIngestFailure(opened.error));
    const {descriptor, stat} = opened.value;
    try {
      const {digest} = digestOfDescriptor(descriptor);
      const after = fstatSync(descriptor);
      if (after.size === stat.size && after.mtimeMs === stat.mtimeMs) this.learn(path, stat, digest);
      return hashedFile(digest, after, true);
    } catch (error) {
      throw toStoreError(error, path);
    } finally {
      closeSync(descriptor);
    }
  }

  #isSettled(stat: Stats): boolean {
    const since = this.#hashingSince ?? Number.NEGATIVE_INFINITY;
    return Math.max(stat.mtimeMs, stat.ctimeMs) + tickOf(stat.mtimeMs) < since;
  }
}

function factsOf(stat: Stats): StatFacts {
  return {size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: stat.ctimeMs, ino: stat.ino};
}

function hashedFile(digest: Digest, stat: Stats, fresh: boolean): HashedFile {
  return {digest, size: stat.size, executable: (stat.mode & 0o111) !== 0, fresh};
}

/** A whole second is what file systems with a coarse clock give; others move with the kernel's tick. */
function tickOf(mtimeMs: number): number {
  return mtimeMs % 1000 === 0 ? 2000 : 20;
}

/** What time it is for the file system the index is on; never, when nothing can be written there. */
function fileSystemTime(beside: string): number {
  const probe = `${beside}.clock`;
  try {
    mkdirSync(dirname(probe), {recursive: true});
    unlinkIfThere(probe);
    const descriptor = openSync(probe, 'wx', 0o600);
    try {
      return fstatSync(descriptor).mtimeMs;
    } finally {
      closeSync(descriptor);
      unlinkIfThere(probe);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return Number.NEGATIVE_INFINITY;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
