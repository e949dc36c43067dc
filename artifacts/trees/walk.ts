import {type Dirent, lstatSync, readdirSync, realpathSync, type Stats} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {byCodeUnit} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {ingestFailureOf, notRegular} from '../files/open-regular-file.ts';
import type {IngestFailure, NotRegular} from '../ingest-failure.ts';
import {checkPath, LIMITS} from '../path-rules.ts';
import {Collisions} from './collisions.ts';

export interface Walk {
  /** Free of symbolic links. */
  readonly root: string;
  /** Relative paths of all regular files, in code-unit order. */
  readonly files: readonly string[];
  /** Folders without a file in them, of which a tree keeps nothing; the outermost ones count. */
  readonly empty: EmptyFolders;
}

export interface EmptyFolders {
  readonly count: number;
  /** In the order of the file system; undefined when there is none. */
  readonly first: string | undefined;
}

/** Asked about `a/b.py`, and about directories as `a/`; false leaves it out, with all below it. */
export type Include = (path: string) => boolean;

/**
 * Every file below a directory, following no link. Anything but regular files and directories, and any
 * name that isn't the same on every file system, is a failure that names it: nothing is skipped
 * silently. Empty directories are no part of a tree, as in git; how many there were is told.
 */
export function walk(directory: string, include: Include = () => true): Result<Walk, IngestFailure> {
  const found: Found = {root: resolveParent(directory), files: [], empty: NONE, failure: undefined};
  const start = lstatAt(found.root);
  if (!start.ok) return start;
  const other = notRegular(start.value);
  if (other !== 'directory') return err({code: other ?? 'not-a-directory', path: ''});
  visit(found, '', include);
  found.files.sort(byCodeUnit);
  const failure = found.failure ?? firstCollision(found.files);
  return failure === undefined
    ? ok({root: found.root, files: found.files, empty: found.empty})
    : err(failure);
}

/** The path itself must be what it is; the directories that lead there may be links. */
export function resolveParent(path: string): string {
  const absolute = resolve(path);
  try {
    return join(realpathSync.native(dirname(absolute)), basename(absolute));
  } catch {
    return absolute;
  }
}

function lstatAt(path: string): Result<Stats, IngestFailure> {
  try {
    return ok(lstatSync(path));
  } catch (error) {
    return err(ingestFailureOf(error, path, ''));
  }
}

const NONE: EmptyFolders = {count: 0, first: undefined};

interface Found {
  readonly root: string;
  readonly files: string[];
  empty: EmptyFolders;
  failure: IngestFailure | undefined;
}

function visit(found: Found, prefix: string, include: Include): void {
  for (const entry of entriesOf(found, prefix)) {
    if (found.failure !== undefined) return;
    const path = prefix + entry.name;
    if (entry.isDirectory()) {
      if (!include(`${path}/`)) continue;
      found.failure = badPath(path);
      if (found.failure === undefined) visitFolder(found, path, include);
    } else if (include(path)) {
      found.failure = badPath(path) ?? badType(entry, path) ?? tooMany(found, path);
      found.files.push(path);
    }
  }
}

function visitFolder(found: Found, path: string, include: Include): void {
  const {empty, files} = found;
  const before = files.length;
  visit(found, `${path}/`, include);
  if (files.length === before) found.empty = {count: empty.count + 1, first: empty.first ?? path};
}

function entriesOf(found: Found, prefix: string): readonly Dirent[] {
  const path = `${found.root}/${prefix}`;
  try {
    return readdirSync(path, {withFileTypes: true});
  } catch (error) {
    found.failure = ingestFailureOf(error, path, prefix);
    return [];
  }
}

function badPath(path: string): IngestFailure | undefined {
  const checked = checkPath(path);
  return checked.ok ? undefined : {code: 'path', path, rule: checked.error};
}

function badType(entry: Dirent, path: string): IngestFailure | undefined {
  return entry.isFile() ? undefined : {code: typeOf(entry), path};
}

function typeOf(entry: Dirent): NotRegular {
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  return entry.isSocket() ? 'socket' : 'device';
}

function tooMany(found: Found, path: string): IngestFailure | undefined {
  if (found.files.length < LIMITS.entries) return undefined;
  return {code: 'limit', path, limit: `${LIMITS.entries} files in a tree`};
}

function firstCollision(files: readonly string[]): IngestFailure | undefined {
  const collisions = new Collisions();
  for (const path of files) {
    const other = collisions.add(path);
    if (other !== undefined) return {code: 'collision', path, other};
  }
  return undefined;
}
