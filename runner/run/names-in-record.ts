import {createHash} from 'node:crypto';
import {basename, dirname, relative, resolve, sep} from 'node:path';
import {checkPath} from '../../artifacts/path-rules.ts';

/** What a file or folder of a project is called in a record. */
export type NameInRecord = (path: string) => string;

/**
 * Paths of a project as a record may hold them: relative, the same on every machine, and such that the files, laid out
 * by them, find each other as before.
 *
 * Within the project's root a file keeps its path. Where files lie outside (a lock in a folder beside the project), the
 * paths begin at the folder that holds both, and the folders between it and the root are called `up` and `project`:
 * `../../locks/a.txt` leads where it did, and nobody learns what a user's folders are called. What is reached only from
 * `/`, or has a name that a tree can't have, goes to `elsewhere/`.
 */
export function namesInRecord(root: string, paths: Iterable<string>): NameInRecord {
  const outside = [...paths].filter((path) => !isWithin(path, root));
  const base = outside.reduce(commonFolder, root);
  const from = base === sep ? root : base;
  const between = relative(from, root)
    .split(sep)
    .filter((name) => name !== '');
  const hidden = placeNames(
    between.length,
    outside.map((path) => relative(from, path)),
  );
  return (path) => {
    const renamed = isWithin(path, from) ? rename(relative(from, path), between, hidden) : '..';
    return checkPath(renamed).ok ? renamed : elsewhere(path);
  };
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

function commonFolder(folder: string, path: string): string {
  let common = folder;
  while (!isWithin(path, common)) common = dirname(common);
  return common;
}

/** `up`, …, `project`: with a mark, where a folder that is outside is called so. */
function placeNames(count: number, used: readonly string[]): readonly string[] {
  const taken = new Set(used.flatMap((path) => path.split(sep)));
  const free = (name: string): string => (taken.has(name) ? free(`${name}~`) : name);
  return Array.from({length: count}, (_, i) => free(i === count - 1 ? 'project' : 'up'));
}

/** The folders between are named anew, as far as a path goes through them. */
function rename(path: string, between: readonly string[], names: readonly string[]): string {
  const parts = path.split(sep);
  let same = 0;
  while (same < between.length && parts[same] === between[same]) same++;
  const renamed = [...names.slice(0, same), ...parts.slice(same)].filter((part) => part !== '');
  return renamed.length === 0 ? '.' : renamed.join('/');
}

function elsewhere(path: string): string {
  const short = createHash('sha256').update(path).digest('hex').slice(0, 12);
  const name = basename(path).replaceAll(/[^A-Za-z0-9._-]/g, '_');
  const safe = `elsewhere/${short}/${name}`;
  return checkPath(safe).ok ? safe : `elsewhere/${short}/file`;
}
