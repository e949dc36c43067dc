import type {Stats} from 'node:fs';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {replaceFile} from '../files/replace-file.ts';
import {type StatFacts, StatTable} from '../files/stat-table.ts';

/**
 * Which objects have been hashed, and how they looked then: as long as one looks the same it is used
 * without hashing it again. Lost entries cost a hash each, nothing else.
 *
 * The change time is left out: every hard link into a stage's inputs, and its removal, moves it. A
 * write through such a link moves the modification time, or, where that is set back on purpose, is
 * found by `verifyUnchanged` after each stage that could have done it. What no stat can see (a disk
 * that rots) `repro verify` sees.
 */
export class VerifiedObjects {
  /** Which objects this process saw flushed, with their directories: a hit on one costs nothing. */
  readonly flushed = new Set<Digest>();
  #table: StatTable | undefined;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  has(digest: Digest, stat: Stats): boolean {
    return isAsMade(stat) && this.#loaded().find(hexOf(digest), factsOf(stat)) === digest;
  }

  add(digest: Digest, stat: Stats): void {
    this.#loaded().set(hexOf(digest), factsOf(stat), digest);
  }

  forget(digest: Digest): void {
    this.flushed.delete(digest);
    this.#loaded().delete(hexOf(digest));
  }

  save(): void {
    if (this.#table?.dirty) replaceFile(this.#file, this.#table.encode());
  }

  /** Not before the first question: a run that does nothing never asks. */
  #loaded(): StatTable {
    this.#table ??= StatTable.load(this.#file);
    return this.#table;
  }
}

function factsOf(stat: Stats): StatFacts {
  return {size: stat.size, mtimeMs: stat.mtimeMs, ctimeMs: 0, ino: stat.ino};
}

/** One that somebody made writable may have been written to; one that isn't everybody's to read a stage may not read. */
export function isAsMade(stat: Stats): boolean {
  return stat.isFile() && (stat.mode & 0o7777) === OBJECT_MODE;
}

/** Of every object, whoever wrote it with whatever umask: a stage may run as somebody else than repro does. */
export const OBJECT_MODE = 0o444;
