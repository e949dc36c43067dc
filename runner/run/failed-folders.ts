import {constants, copyFileSync, lstatSync, mkdirSync, renameSync, statfsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../../artifacts/disk-trouble.ts';
import {entriesIn, namesIn} from '../../artifacts/files/folder-names.ts';
import {removeTree} from '../../artifacts/files/remove-tree.ts';

/**
 * Scratch directories of stages that failed, for people to look into: outputs so far, metrics, request.json, the log.
 * What is in them is a stage's, and may be anything: nothing is followed or read, it is moved and in the end removed.
 *
 *     failed/v1/00000012~train/log.txt       the end of what it printed
 *     failed/v1/00000012~train/scratch/      as it was, without inputs, code and tmp/
 */
export interface FailedFolders {
  /** Where it is now; undefined where it could not be kept, or there is too little room to keep it. */
  keep(scratch: string, about: KeptFailure): string | undefined;
}

export interface KeptFailure {
  /** A name for files: of the stage. */
  readonly name: string;
  readonly log: Uint8Array;
  /** Files that were moved from it to where the next attempt finds them, and are part of the picture. */
  readonly moved: readonly string[];
}

/** The newest is kept whatever its size: it was there before, and somebody is about to look at it. */
const MOST_FOLDERS = 10;
const MOST_BYTES = 4 * 2 ** 30;
/** Links into the store and mount points first of all: whoever edits here must not reach an object. */
const NOT_KEPT = ['inputs', 'stage', 'sdk', 'tmp'] as const;

export function failedFolders(home: string): FailedFolders {
  return {
    keep(scratch, about) {
      try {
        for (const part of NOT_KEPT) removeTree(join(scratch, part));
        if (!hasRoom(scratch)) return undefined;
        const place = takeName(home, about.name);
        const folder = join(place, 'scratch');
        renameSync(scratch, folder);
        writeFileSync(join(place, 'log.txt'), about.log, {flag: 'wx'});
        for (const file of about.moved) copyPlain(file, folder);
        trim(home);
        return folder;
      } catch (error) {
        // It is for looking only: without it the failure is told all the same.
        if (errnoOf(error) === undefined) throw error;
        return undefined;
      }
    },
  };
}

/** Where as much again isn't free, what a dead stage left is in the way of the next. */
function hasRoom(scratch: string): boolean {
  const {bavail, bsize} = statfsSync(scratch);
  return sizeOf(scratch) < bavail * bsize;
}

/** Numbers in the order of failing, and not the clock's. Whoever makes the folder has the number. */
function takeName(home: string, name: string): string {
  mkdirSync(home, {recursive: true, mode: 0o700});
  for (let number = 1 + Math.max(0, ...namesIn(home, 'unreadable').map(numberOf)); ; number++) {
    const place = join(home, `${String(number).padStart(8, '0')}~${name}`);
    try {
      mkdirSync(place, {mode: 0o700});
      return place;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

function numberOf(name: string): number {
  return Number(/^([0-9]{1,12})~/.exec(name)?.[1] ?? 0);
}

/** A stage may have put a link there. */
function copyPlain(file: string, folder: string): void {
  const to = join(folder, file.slice(file.lastIndexOf('/') + 1));
  if (lstatSync(file, {throwIfNoEntry: false})?.isFile() !== true) return;
  copyFileSync(file, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** Oldest first, until few enough and small enough. What can't be removed now is tried again next time. */
function trim(home: string): void {
  const names = [...namesIn(home, 'unreadable')].sort((a, b) => numberOf(b) - numberOf(a));
  let bytes = 0;
  for (const [i, name] of names.entries()) {
    bytes += sizeOf(join(home, name));
    if (i > 0 && (i >= MOST_FOLDERS || bytes > MOST_BYTES)) removeTree(join(home, name));
  }
}

/** All that a person might want back by hand, or by `gc`. Gives how many there were. */
export function removeFailedFolders(home: string): number {
  const names = namesIn(home, 'unreadable');
  for (const name of names) removeTree(join(home, name));
  return names.length;
}

const MOST_LOOKED_AT = 100_000;

/** Roughly: what is too much to look at is too much. */
function sizeOf(path: string): number {
  const folders = [path];
  let bytes = 0;
  let looked = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesIn(folder, 'unreadable')) {
      if (looked++ >= MOST_LOOKED_AT) return MOST_BYTES;
      const each = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(each);
      else bytes += lstatSync(each, {throwIfNoEntry: false})?.size ?? 0;
    }
  }
  return bytes;
}
