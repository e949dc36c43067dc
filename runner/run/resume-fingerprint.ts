import {createHash} from 'node:crypto';
import {type Dirent, lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../../artifacts/disk-trouble.ts';

/** More would be no checkpoint; what comes after doesn't count. */
const MOST_ENTRIES = 10_000;

/**
 * What `resume/` looks like from outside, without reading what may be a hundred gigabytes: whether a stage wrote a
 * checkpoint since it began is seen by names, sizes, times and inodes. No link is followed.
 */
export function fingerprintOf(scratch: string): string {
  const hash = createHash('sha256');
  const folders = [join(scratch, 'resume')];
  let left = MOST_ENTRIES;
  for (let folder = folders.pop(); folder !== undefined && left > 0; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (left-- <= 0) break;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else hash.update(`${path}\0${looksOf(path)}\0`);
    }
  }
  return hash.digest('hex');
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function looksOf(path: string): string {
  const stat = lstatSync(path, {throwIfNoEntry: false});
  return stat === undefined ? 'gone' : `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
}
