import {randomBytes} from 'node:crypto';
import {chmodSync, lstatSync, opendirSync, renameSync, rmdirSync, unlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {errnoOf} from '../store-error.ts';
import {mountPoints} from './mount-points.ts';

/** What could not be removed, and why: the system's word for it, or `mount`. */
export interface Stuck {
  readonly path: string;
  readonly why: string;
}

/**
 * Removes whatever a stage left at `path`: links are not followed, folders without permissions are given some. A loop
 * and not a recursion, no path longer than a system call takes and no listing longer than memory holds: a stage can
 * nest folders by the thousand and fill one with millions. A folder that is too deep is renamed up to where the tree
 * begins, and done from there. What can't be removed (an immutable file, a mount, a stranger's folder) is told and
 * left, and hinders nothing beside it. What runs in there must be dead.
 */
export function removeTree(path: string): readonly Stuck[] {
  return remove(path, false);
}

/** The same for what is in a folder, which itself stays, and is the owner's again. */
export function emptyFolder(path: string): readonly Stuck[] {
  return remove(path, true);
}

function remove(path: string, keepsRoot: boolean): readonly Stuck[] {
  const removal: Removal = {root: bytesOf(path), keepsRoot, stack: [], stuck: [], mounts: undefined};
  attempt(removal, removal.root, () => start(removal));
  while (removal.stack.length > 0) step(removal);
  return removal.stuck.map(({path: name, why}) => ({path: Buffer.from(name, 'latin1').toString(), why}));
}

/** Paths are Latin-1 here, one letter a byte: names need not be UTF-8, and none may be missed. */
type Bytes = string;

interface Removal {
  readonly root: Bytes;
  readonly keepsRoot: boolean;
  /** Folders that are being emptied, the innermost last. */
  readonly stack: Folder[];
  readonly stuck: Stuck[];
  /** Known only when a folder in the folder is met: most have none. */
  mounts: ReadonlySet<string> | undefined;
}

interface Folder {
  readonly path: Bytes;
  /** Some of what is in it, to be removed next. */
  entries: Entry[];
  /** Whether there was more than was listed. */
  more: boolean;
  /** How much of it stays, which was told. */
  held: number;
}

interface Entry {
  readonly name: Bytes;
  readonly isFolder: boolean;
}

/** Many would say the same; the first tell where to look. */
const MOST_STUCK = 100;
const MOST_LISTED = 10_000;
/** Below the root. Linux takes paths of 4095 bytes, macOS of 1023; a name has 255 at most. */
const MOST_PATH_BYTES = 400;

function start(removal: Removal): void {
  const stat = lstatSync(system(removal.root), {throwIfNoEntry: false});
  if (stat === undefined) return;
  if (stat.isDirectory()) enter(removal, removal.root, stat.mode);
  else unlinkSync(system(removal.root));
}

/** One entry of the innermost folder; when none is left, the folder itself. */
function step(removal: Removal): void {
  const folder = removal.stack.at(-1);
  const entry = folder?.entries.pop();
  if (folder === undefined) return;
  const path = entry === undefined ? folder.path : `${folder.path}/${entry.name}`;
  if (entry?.isFolder) attempt(removal, path, () => descend(removal, path));
  else if (entry !== undefined) attempt(removal, path, () => unlinkSync(system(path)));
  else if (folder.more && folder.held < MOST_LISTED) attempt(removal, path, () => list(folder));
  else leave(removal, folder);
}

function leave(removal: Removal, folder: Folder): void {
  removal.stack.pop();
  if (folder.held > 0) holdUp(removal);
  else if (removal.stack.length > 0 || !removal.keepsRoot)
    attempt(removal, folder.path, () => rmdirSync(system(folder.path)));
}

function descend(removal: Removal, path: Bytes): void {
  const {root, stack} = removal;
  removal.mounts ??= new Set([...mountPoints(dirname(Buffer.from(root, 'latin1').toString()))].map(bytesOf));
  if (removal.mounts.has(path)) throw new Mounted();
  const {mode} = lstatSync(system(path));
  if (path.length <= root.length + MOST_PATH_BYTES) {
    enter(removal, path, mode);
    return;
  }
  // A folder that is moved must be writable itself, since its `..` changes.
  makeMine(path, mode);
  const name = randomBytes(12).toString('hex');
  renameSync(system(path), system(`${root}/${name}`));
  stack[0]?.entries.push({name, isFolder: true});
}

function enter({stack}: Removal, path: Bytes, mode: number): void {
  makeMine(path, mode);
  const folder: Folder = {path, entries: [], more: false, held: 0};
  list(folder);
  stack.push(folder);
}

function list(folder: Folder): void {
  folder.more = false;
  const directory = opendirSync(system(folder.path), {encoding: 'latin1' as BufferEncoding, bufferSize: 256});
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (folder.entries.length >= MOST_LISTED + folder.held) {
        folder.more = true;
        return;
      }
      folder.entries.push({name: entry.name, isFolder: entry.isDirectory()});
    }
  } finally {
    directory.closeSync();
  }
}

/** A stage may have made it what only root could empty. */
function makeMine(path: Bytes, mode: number): void {
  if ((mode & 0o700) !== 0o700) chmodSync(system(path), 0o700);
}

class Mounted extends Error {}

/** Trouble with one thing is that thing's; another process may have removed it first. */
function attempt(removal: Removal, path: Bytes, work: () => void): void {
  try {
    work();
  } catch (error) {
    const why = error instanceof Mounted ? 'mount' : errnoOf(error);
    if (why === undefined) throw error;
    if (why === 'ENOENT') return;
    if (removal.stuck.length < MOST_STUCK) removal.stuck.push({path, why});
    holdUp(removal);
  }
}

/** The folder around it can't go either, and nobody needs to be told. */
function holdUp({stack}: Removal): void {
  const folder = stack.at(-1);
  if (folder !== undefined) folder.held++;
}

function bytesOf(path: string): Bytes {
  return Buffer.from(path).toString('latin1');
}

function system(path: Bytes): Buffer {
  return Buffer.from(path, 'latin1');
}
