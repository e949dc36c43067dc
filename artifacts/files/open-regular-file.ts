import {closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats} from 'node:fs';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {IngestFailure, NotRegular} from '../ingest-failure.ts';
import {errnoOf} from '../store-error.ts';

export interface OpenFile {
  readonly descriptor: number;
  readonly stat: Stats;
}

/**
 * Opens a file without trusting what it is: following a link would publish the host's file, and
 * reading a FIFO would hang for ever. The caller closes the descriptor.
 */
export function openRegularFile(path: string, name = ''): Result<OpenFile, IngestFailure> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return err(ingestFailureOf(error, path, name));
  }
  const stat = fstatSync(descriptor);
  const other = notRegular(stat);
  if (other === undefined) return ok({descriptor, stat});
  closeSync(descriptor);
  return err({code: other, path: name});
}

/**
 * The same for what a stage left behind. O_NOFOLLOW guards the last component only; Linux also tells
 * which file a descriptor really is, so a directory on the way that was swapped for a link shows as
 * another path than the one asked for. `path` must be free of links itself. Other systems have no such
 * check; there it is the runner that sees to it that the stage is dead before its outputs are read.
 */
export function openOutput(path: string, name = ''): Result<OpenFile, IngestFailure> {
  const opened = openRegularFile(path, name);
  if (!opened.ok || isAt(opened.value.descriptor, path)) return opened;
  closeSync(opened.value.descriptor);
  return err({code: 'moved', path: name});
}

function isAt(descriptor: number, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
  } catch {
    return true;
  }
}

export function notRegular(stat: Stats): NotRegular | undefined {
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'device';
}

/** Turns a failed system call on `path` into a failure with a name; rethrows bugs and exhaustion. */
export function ingestFailureOf(error: unknown, path: string, name: string): IngestFailure {
  const errno = errnoOf(error);
  if (errno === undefined || errno === 'EMFILE' || errno === 'ENFILE' || errno === 'ENOMEM') throw error;
  if (errno === 'ENOENT') return {code: 'absent', path: name};
  if (errno === 'ENOTDIR') return {code: 'not-a-directory', path: name};
  const other = typeOf(path);
  // A folder that may not be read is a folder all the same: that it is one is not what is wrong.
  if (other === undefined || other === 'directory') return {code: 'unreadable', path: name, errno};
  return {code: other, path: name};
}

/** ELOOP is a link, ENXIO a socket, but lstat says so in every system's dialect. */
function typeOf(path: string): NotRegular | undefined {
  try {
    return notRegular(lstatSync(path));
  } catch {
    return undefined;
  }
}
