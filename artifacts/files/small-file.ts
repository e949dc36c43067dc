import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {err, ok, type Result} from '../../schemas/result.ts';
import {errnoOf} from '../disk-trouble.ts';

export interface SmallFileOptions {
  /** More than this is not read: something else is in its place. */
  readonly limit?: number;
  /** Of what a user keeps where they like (settings, keys), a link is meant. Nothing that repro writes is one. */
  readonly links?: 'follow' | 'refuse';
}

export interface NoSmallFile {
  readonly code: 'absent' | 'not-a-file' | 'too-large' | 'unreadable';
  /** What is to be said of it: `it is a FIFO`. */
  readonly why: string;
}

/**
 * The one door for reading a whole small file, whoever wrote it: what is in its place may be anything, since a project
 * may come out of a stranger's archive. A FIFO doesn't hold us up, a device and a sparse terabyte don't fill memory.
 */
export function readSmallFile(
  path: string,
  {limit = 64 * 2 ** 20, links = 'refuse'}: SmallFileOptions = {},
): Result<Buffer, NoSmallFile> {
  const follow = links === 'follow' ? 0 : constants.O_NOFOLLOW;
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | follow);
    try {
      return readRegular(descriptor, limit);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return err(whyNot(error));
  }
}

/** For caches and the like: undefined when it is not there or can't be used, for whatever reason. */
export function readSmallText(path: string, options?: SmallFileOptions): string | undefined {
  const read = readSmallFile(path, options);
  return read.ok ? read.value.toString('utf8') : undefined;
}

function readRegular(descriptor: number, limit: number): Result<Buffer, NoSmallFile> {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) return err({code: 'not-a-file', why: `it is a ${nounOf(stat)}`});
  const chunks: Buffer[] = [];
  let size = 0;
  // Not by the size that stat said: the file may grow meanwhile, and the kernel's own files say 0.
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(stat.size - size, 0) + 1, CHUNK));
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) return ok(Buffer.concat(chunks, size));
    chunks.push(chunk.subarray(0, read));
    size += read;
    if (size > limit) return err({code: 'too-large', why: `it is larger than ${limit} bytes`});
  }
}

const CHUNK = 2 ** 20;

function nounOf(stat: ReturnType<typeof fstatSync>): string {
  if (stat.isDirectory()) return 'folder';
  if (stat.isFIFO()) return 'FIFO';
  return stat.isSocket() ? 'socket' : 'device';
}

function whyNot(error: unknown): NoSmallFile {
  const errno = errnoOf(error);
  switch (errno) {
    case undefined:
      throw error;
    case 'ENOENT':
    case 'ENOTDIR':
      return {code: 'absent', why: 'it does not exist'};
    case 'ELOOP':
      return {code: 'not-a-file', why: 'it is a symbolic link'};
    case 'ENXIO':
      return {code: 'not-a-file', why: 'it is a socket'};
    case 'EISDIR':
      return {code: 'not-a-file', why: 'it is a folder'};
    default:
      return {code: 'unreadable', why: `it can’t be read (${errno})`};
  }
}
