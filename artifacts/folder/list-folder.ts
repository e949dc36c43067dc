import {type Dirent, lstatSync, type Stats} from 'node:fs';
import type {Listed} from '../bucket/bucket.ts';
import {entriesIn} from '../files/folder-names.ts';
import {errnoOf} from '../store-error.ts';
import {folderBucketError} from './folder-error.ts';
import {INCOMING} from './incoming.ts';

/** Files below `root` in the order of their keys. Holds one folder's names at a time, on each level. */
export async function* listFolder(root: string, prefix: string, after: string): AsyncGenerator<Listed> {
  yield* below(root, '', prefix, after);
}

function* below(root: string, folder: string, prefix: string, after: string): Generator<Listed> {
  for (const {path, isFolder} of entriesOf(root, folder)) {
    if (!mayHold(path, isFolder, prefix, after)) continue;
    if (isFolder) yield* below(root, path, prefix, after);
    else yield* listed(root, path);
  }
}

interface Entry {
  /** A folder's ends with `/`: so sorted, files come in the order of their whole keys. */
  readonly path: string;
  readonly isFolder: boolean;
}

function entriesOf(root: string, folder: string): readonly Entry[] {
  return readFolder(`${root}/${folder}`)
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .filter((entry) => folder !== '' || entry.name !== INCOMING)
    .map((entry) => ({
      path: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
      isFolder: entry.isDirectory(),
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

function readFolder(directory: string): readonly Dirent[] {
  try {
    return entriesIn(directory, 'absent');
  } catch (error) {
    throw folderBucketError(error, directory);
  }
}

function mayHold(path: string, isFolder: boolean, prefix: string, after: string): boolean {
  if (!isFolder) return path.startsWith(prefix) && path > after;
  if (!path.startsWith(prefix) && !prefix.startsWith(path)) return false;
  return path > after || after.startsWith(path);
}

function* listed(root: string, key: string): Generator<Listed> {
  const stat = statOf(`${root}/${key}`);
  if (stat !== undefined) yield {key, size: stat.size, modified: stat.mtimeMs};
}

/** Undefined when it went away since its folder was read. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw folderBucketError(error, path);
  }
}
