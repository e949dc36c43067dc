import type {DiskTrouble} from '../../schemas/disk-trouble.ts';
import {unreachable} from '../../schemas/result.ts';

export interface DiskTroubleText {
  readonly reason: string;
  /** What to do next. */
  readonly help: string;
}

/** The words for what a disk would not do, wherever it happened: store, scratch, project, cache, settings. */
export function diskTroubleText({trouble, errno, call, path}: DiskTrouble): DiskTroubleText {
  const where = path ?? `a file (${call})`;
  switch (trouble) {
    case 'full':
      return {
        reason: `there is no room for ${where} (${errno})`,
        help: 'free some space or inodes on that disk, then run again: nothing is lost',
      };
    case 'denied':
      return {
        reason: `${where} may not be ${verbOf(call)} (${errno})`,
        help: 'see who owns it, its permissions, and whether its file system is read-only; then run again',
      };
    case 'exhausted':
      return {
        reason: `the system has no more descriptors, processes or memory for ${where} (${errno})`,
        help: 'raise the limit (`ulimit -n`, `ulimit -u`), or do less at once (--jobs), then run again',
      };
    case 'occupied':
      return {
        reason: `something else is where ${where} belongs (${errno})`,
        help: 'look at what it is, move it away, then run again',
      };
    case 'missing':
      return {reason: `${where} is gone (${errno})`, help: 'see what removes it, then run again'};
    case 'too-long':
      return {
        reason: `the path ${where} is longer than the system takes (${errno})`,
        help: 'use shorter names, or a project and a store nearer to the root',
      };
    case 'unavailable':
      return {
        reason: `the disk fails at ${where} (${errno})`,
        help: 'see to the disk, or to the network below it; then run again: finished stages are cached',
      };
    default:
      return unreachable(trouble);
  }
}

function verbOf(call: string): string {
  if (call === 'open') return 'opened';
  return CHANGES.has(call) ? 'written' : 'read';
}

const CHANGES: ReadonlySet<string> = new Set(
  'mkdir write rename link unlink rmdir symlink chmod fchmod utime ftruncate fsync copyfile'.split(' '),
);
