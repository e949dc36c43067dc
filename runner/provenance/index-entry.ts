import {statSync} from 'node:fs';
import {quietGit, type Repository} from './quiet-git.ts';

/** What git's index knows of a file. */
export interface IndexEntry {
  /** As git has it; bytes of any kind. */
  readonly path: Buffer;
  readonly mode: string;
  readonly oid: string;
  /** Conflicting versions lie side by side. */
  readonly unmerged: boolean;
  /** Left out of the work tree on purpose. */
  readonly sparse: boolean;
  readonly seen: SeenFile | undefined;
}

/** The file as it was when git last looked; undefined where that proves nothing. */
export interface SeenFile {
  readonly size: number;
  readonly inode: number;
  /** `seconds:nanoseconds` */
  readonly changed: string;
  readonly modified: string;
}

/** Undefined where git can't read it. */
export async function listIndex(
  repository: Repository,
  index: string,
): Promise<readonly IndexEntry[] | undefined> {
  const listed = await quietGit(repository, ['ls-files', '-s', '-v', '-z', '--debug']);
  if (listed === undefined) return undefined;
  const written = statSync(index, {throwIfNoEntry: false})?.mtimeMs ?? 0;
  // One byte, one character: paths are whatever bytes they are.
  return [...listed.toString('latin1').matchAll(ENTRY)].map(([, tag = '', mode = '', oid = '', ...rest]) => {
    const [stage = '', path = '', changed = '', modified = '', inode = '', size = ''] = rest;
    const isProof = Number(modified.split(':')[0]) * 1000 + 1000 < written;
    return {
      path: Buffer.from(path, 'latin1'),
      mode,
      oid,
      unmerged: stage !== '0',
      sparse: tag.toUpperCase() === 'S',
      // What was written in the same moment as the index may have been written after it.
      seen: isProof ? {size: Number(size), inode: Number(inode), changed, modified} : undefined,
    };
  });
}

/** `H 100644 OID 0<tab>path<nul>`, and what was seen of the file, in lines of which git promises nothing. */
const ENTRY =
  /(\S) (\d{6}) ([0-9a-f]{40,64}) (\d)\t([^\0]*)\0(?: {2}ctime: (\d+:\d+)\n {2}mtime: (\d+:\d+)\n {2}dev: \d+\tino: (\d+)\n {2}uid: \d+\tgid: \d+\n {2}size: (\d+)\tflags: \w+\n)?/g;
