import {createHash, type Hash} from 'node:crypto';
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {entriesIn} from '../../artifacts/files/folder-names.ts';
import {readSmallFile} from '../../artifacts/files/small-file.ts';

/** More would be no checkpoint; what comes after doesn't count. */
const MOST_ENTRIES = 10_000;

/**
 * What `resume/` looks like from outside, without reading what may be a hundred gigabytes: whether a stage wrote a
 * checkpoint since it began is seen by names, sizes, times and inodes. No link is followed.
 */
export function fingerprintOf(scratch: string): string {
  return walk(scratch, (path, hash) => hash.update(`${path}\0${looksOf(path)}\0`));
}

/**
 * What a small checkpoint holds, byte for byte: a stage that leaves the same again and again is going in circles,
 * however new its files are. A large one is told by its looks.
 */
export function checkpointContents(scratch: string): string {
  let left = MOST_BYTES;
  return walk(scratch, (path, hash) => {
    const read = left > 0 ? readSmallFile(path, {limit: left}) : undefined;
    left -= read?.ok === true ? read.value.length : 0;
    hash
      .update(`${path}\0`)
      .update(read?.ok === true ? read.value : looksOf(path))
      .update('\0');
  });
}

const MOST_BYTES = 4 * 2 ** 20;

function walk(scratch: string, look: (path: string, hash: Hash) => void): string {
  const hash = createHash('sha256');
  const folders = [join(scratch, 'resume')];
  let left = MOST_ENTRIES;
  for (let folder = folders.pop(); folder !== undefined && left > 0; folder = folders.pop()) {
    for (const entry of entriesIn(folder, 'unreadable')) {
      if (left-- <= 0) break;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else look(path, hash);
    }
  }
  return hash.digest('hex');
}

function looksOf(path: string): string {
  const stat = lstatSync(path, {throwIfNoEntry: false});
  return stat === undefined ? 'gone' : `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
}
