import {chmodSync, type Dirent, existsSync, lstatSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {emptyFolder, removeTree, type Stuck} from '../../artifacts/files/remove-tree.ts';
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

/** What becomes of a scratch directory that can't be removed: it must be told, and not be met again. */
export type Retire = (directory: string, stuck: readonly Stuck[]) => void;

/**
 * Scratch directories, used again rather than made again: removing a directory can cost more than starting
 * a process (2.5 ms on ext4 here), and a short stage would pay for eight. What stays in one must not decide how a stage
 * ended, nor reach the next: such a directory is retired.
 */
export function scratchPool(folder: string, owner: string, retire: Retire): ScratchPool {
  const free: string[] = [];
  const all: string[] = [];
  const inUse = new Set<string>();
  const spoiled = new Set<string>();
  const remove = (directory: string) => {
    inUse.delete(directory);
    const stuck = removeTree(directory);
    if (stuck.length > 0) retire(directory, stuck);
  };
  return {
    take() {
      const directory = free.pop() ?? make(join(folder, ownedName(owner, `scratch-${all.length}`)));
      if (!all.includes(directory)) all.push(directory);
      inUse.add(directory);
      return directory;
    },
    spoil(directory) {
      spoiled.add(directory);
    },
    isSpoiled: (directory) => spoiled.has(directory),
    giveBack(directory) {
      if (!spoiled.delete(directory) && empty(directory)) free.push(directory);
      else remove(directory);
    },
    close() {
      for (const directory of [...free.splice(0), ...inUse]) remove(directory);
    },
  };
}

function make(directory: string): string {
  removeTree(directory);
  mkdirSync(directory, {recursive: true, mode: 0o700});
  for (const name of SKELETON) makePlainFolder(join(directory, name));
  return directory;
}

/** Leaves the skeleton, and says whether nothing else is left. A stage may have put anything anywhere. */
function empty(directory: string): boolean {
  try {
    if (!lstatSync(directory).isDirectory()) return false;
    chmodSync(directory, 0o700);
    const entries = readdirSync(directory, {withFileTypes: true});
    // A name that is no text can't be named here: the whole goes.
    const emptied = entries.every((entry) => !entry.name.includes('\ufffd') && emptyEntry(directory, entry));
    for (const name of SKELETON)
      if (!existsSync(join(directory, name))) makePlainFolder(join(directory, name));
    return emptied;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function emptyEntry(directory: string, entry: Dirent): boolean {
  const path = join(directory, entry.name);
  const named = (SKELETON as readonly string[]).includes(entry.name);
  if (!named || !entry.isDirectory()) return mayStay(entry) || removeTree(path).length === 0;
  if (emptyFolder(path).length > 0) return false;
  chmodSync(path, 0o755);
  return true;
}

/** What the next stage checks, and most often finds as it needs it: making a file or a link anew costs. */
function mayStay(entry: Dirent): boolean {
  return entry.isSymbolicLink() ? CODE.includes(entry.name) : entry.isFile() && entry.name === 'request.json';
}
