import {
  chmodSync,
  type Dirent,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import {join} from 'node:path';
import {ownedName} from '../../artifacts/owner.ts';
import {errnoOf} from '../../artifacts/store-error.ts';
import {makePlainFolder} from '../../artifacts/trees/plain-folder.ts';

/** In every scratch directory, so that only what is in them changes from stage to stage. */
const SKELETON = ['inputs', 'outputs', 'resume', 'tmp', 'stage', 'sdk'] as const;

/** Mount points; without a sandbox links, which whoever uses them next checks. */
const CODE: readonly string[] = ['stage', 'sdk'];

export interface ScratchPool {
  /** A scratch directory with nothing in it but its empty skeleton. */
  take(): string;
  /** Empties it for the next stage. Whatever ran in it must be dead. */
  giveBack(directory: string): void;
  /** Not to be used again: something that ran in it may live on. */
  spoil(directory: string): void;
  isSpoiled(directory: string): boolean;
  /** Removes them all. */
  close(): void;
}

/**
 * Scratch directories, used again rather than made again: removing a directory can cost more than starting
 * a process (2.5 ms on ext4 here), and a short stage would pay for eight.
 */
export function scratchPool(room: string, owner: string): ScratchPool {
  const free: string[] = [];
  const all: string[] = [];
  const spoiled = new Set<string>();
  return {
    take() {
      const directory = free.pop() ?? make(join(room, ownedName(owner, `scratch-${all.length}`)));
      if (!all.includes(directory)) all.push(directory);
      return directory;
    },
    spoil(directory) {
      spoiled.add(directory);
    },
    isSpoiled: (directory) => spoiled.has(directory),
    giveBack(directory) {
      if (!spoiled.delete(directory) && attempt(() => empty(directory))) free.push(directory);
      else attempt(() => removeAll(directory));
    },
    close() {
      for (const directory of all) attempt(() => removeAll(directory));
    },
  };
}

/** What can't be removed is left to the next run's recovery: it must not decide how a stage ended. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function make(directory: string): string {
  removeAll(directory);
  mkdirSync(directory, {recursive: true, mode: 0o700});
  for (const name of SKELETON) makePlainFolder(join(directory, name));
  return directory;
}

/** Leaves the skeleton. A stage may have put anything anywhere, also a file where a directory was. */
function empty(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, {withFileTypes: true})) {
    const path = join(directory, entry.name);
    const named = (SKELETON as readonly string[]).includes(entry.name);
    if (named && entry.isDirectory()) emptyInner(path);
    else if (!mayStay(entry)) removeAll(path);
  }
  for (const name of SKELETON) if (!existsSync(join(directory, name))) makePlainFolder(join(directory, name));
}

/** What the next stage checks, and most often finds as it needs it: making a file or a link anew costs. */
function mayStay(entry: Dirent): boolean {
  return entry.isSymbolicLink() ? CODE.includes(entry.name) : entry.isFile() && entry.name === 'request.json';
}

function emptyInner(path: string): void {
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) removeAll(join(path, name));
}

/** Children first, links not followed. Not `rmSync`: it tries every directory as if it were empty, which costs. */
export function removeAll(path: string): void {
  const stat = lstatSync(path, {throwIfNoEntry: false});
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    unlinkSync(path);
    return;
  }
  // A stage may have made it what only root could empty.
  if ((stat.mode & 0o700) !== 0o700) chmodSync(path, 0o700);
  for (const name of readdirSync(path)) removeAll(join(path, name));
  rmdirSync(path);
}
