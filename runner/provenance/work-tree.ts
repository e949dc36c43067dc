import {createHash} from 'node:crypto';
import {type BigIntStats, closeSync, constants, lstatSync, openSync, readlinkSync, readSync} from 'node:fs';
import {hasGit} from './find-repository.ts';
import type {IndexEntry, SeenFile} from './index-entry.ts';
import {quietGit, type Repository} from './quiet-git.ts';

export type IsSubmoduleAt = (submodule: Repository, commit: string) => Promise<boolean>;

/** Whether each file is what the index says. */
export async function isAsIndexed(
  repository: Repository,
  entries: readonly IndexEntry[],
  isSubmoduleAt: IsSubmoduleAt,
): Promise<boolean> {
  for (const entry of entries) {
    if (entry.unmerged) return false;
    const path = Buffer.concat([Buffer.from(`${repository.folder}/`), entry.path]);
    const same =
      entry.mode === SUBMODULE
        ? await isSubmodule(path, entry, repository, isSubmoduleAt)
        : await isSameFile(path, entry, repository);
    if (!same) return false;
  }
  return true;
}

const SUBMODULE = '160000';
const LINK = '120000';

async function isSubmodule(
  path: Buffer,
  {oid}: IndexEntry,
  repository: Repository,
  isSubmoduleAt: IsSubmoduleAt,
): Promise<boolean> {
  const folder = path.toString();
  if (lstatSync(path, {throwIfNoEntry: false})?.isDirectory() !== true) return false;
  // One that was never fetched is no change.
  return !hasGit(folder) || isSubmoduleAt({...repository, folder}, oid);
}

async function isSameFile(path: Buffer, entry: IndexEntry, repository: Repository): Promise<boolean> {
  const now = lstatSync(path, {bigint: true, throwIfNoEntry: false});
  if (now === undefined) return entry.sparse;
  if (entry.mode === LINK)
    return now.isSymbolicLink() && oidOf(entry, [readlinkSync(path, 'buffer')]) === entry.oid;
  if (!now.isFile() || !(await hasItsMode(now, entry, repository))) return false;
  if (entry.seen !== undefined && isAsSeen(now, entry.seen)) return true;
  return hasItsBytes(path, Number(now.size), entry, repository);
}

async function hasItsMode({mode}: BigIntStats, entry: IndexEntry, repository: Repository): Promise<boolean> {
  if (((mode & 0o100n) !== 0n) === (entry.mode === '100755')) return true;
  // Some file systems have no such bit, and git was told.
  const kept = await quietGit(repository, ['config', '--type=bool', 'core.fileMode']);
  return kept?.toString().trim() === 'false';
}

function isAsSeen(now: BigIntStats, {size, inode, changed, modified}: SeenFile): boolean {
  // git keeps the lower 32 bits of these.
  return (
    (now.size & LOW) === BigInt(size) &&
    (now.ino & LOW) === BigInt(inode) &&
    timeOf(now.ctimeNs) === changed &&
    timeOf(now.mtimeNs) === modified
  );
}

const LOW = 0xffff_ffffn;

function timeOf(nanoseconds: bigint): string {
  return `${(nanoseconds / 1_000_000_000n) & LOW}:${nanoseconds % 1_000_000_000n}`;
}

/**
 * As they are, or as git's own translations would have left them: with other line ends, or in git-lfs's care. What
 * another filter made of a file can't be told without running it: such a file counts as changed.
 */
async function hasItsBytes(
  path: Buffer,
  size: number,
  entry: IndexEntry,
  repository: Repository,
): Promise<boolean> {
  if (oidOf(entry, chunksOf(path), size) === entry.oid) return true;
  if (
    size <= MOST_TRANSLATED &&
    oidOf(entry, [withPlainEnds(Buffer.concat([...chunksOf(path)]))]) === entry.oid
  )
    return true;
  const pointer = await quietGit(repository, ['cat-file', 'blob', entry.oid]);
  const [, sha256, length] = LFS_POINTER.exec(pointer?.subarray(0, 1024).toString() ?? '') ?? [];
  return Number(length) === size && sha256 === hashOf('sha256', chunksOf(path));
}

const MOST_TRANSLATED = 2 ** 26;
const LFS_POINTER = /^version https:\/\/git-lfs[^\n]*\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d+)\n/;

function withPlainEnds(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** What git calls a file of these bytes, in the repository's own hash. */
function oidOf({oid}: IndexEntry, chunks: Iterable<Uint8Array>, size?: number): string {
  const all = size === undefined ? [...chunks] : chunks;
  const length = size ?? [...all].reduce((sum, chunk) => sum + chunk.length, 0);
  return hashOf(oid.length === 64 ? 'sha256' : 'sha1', all, `blob ${length}\0`);
}

function hashOf(algorithm: 'sha1' | 'sha256', chunks: Iterable<Uint8Array>, head = ''): string {
  const hash = createHash(algorithm).update(head);
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** What has become a link or a pipe meanwhile is not followed, and not waited for. */
function* chunksOf(path: Buffer): Generator<Uint8Array> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(2 ** 18);
      const read = readSync(descriptor, chunk);
      if (read === 0) return;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}
