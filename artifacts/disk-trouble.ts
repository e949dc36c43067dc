import {accessSync, constants, existsSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import type {DiskTrouble, DiskTroubleKind} from '../schemas/disk-trouble.ts';

/** `ENOENT` and the like; undefined for anything that isn't a system call's error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What no entry is for (EBADF, EINVAL) no disk is to blame for: it is a bug of ours. */
const KINDS: Readonly<Record<string, DiskTroubleKind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOMEM: 'exhausted',
  EAGAIN: 'exhausted',
  EEXIST: 'occupied',
  EISDIR: 'occupied',
  ENOTDIR: 'occupied',
  ENOTEMPTY: 'occupied',
  EBUSY: 'occupied',
  ELOOP: 'occupied',
  ENXIO: 'occupied',
  ETXTBSY: 'occupied',
  ENOENT: 'missing',
  ENAMETOOLONG: 'too-long',
  EIO: 'unavailable',
  ESTALE: 'unavailable',
  ENODEV: 'unavailable',
  EREMOTEIO: 'unavailable',
  ESHUTDOWN: 'unavailable',
  ENOTCONN: 'unavailable',
  EHOSTDOWN: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EUCLEAN: 'unavailable',
};

/** The one seam at which what the system refused becomes trouble with a name. Undefined for bugs, and for the network's. */
export function diskTroubleOf(error: unknown, mayWrite: MayWrite = refusalToWrite): DiskTrouble | undefined {
  const errno = saidOfMkdir(error, mayWrite) ?? errnoOf(error);
  const kind = errno === undefined ? undefined : kindOf(errno);
  if (errno === undefined || kind === undefined) return undefined;
  const {syscall, path, dest} = error as NodeJS.ErrnoException & {readonly dest?: unknown};
  if (syscall !== undefined && OF_SOCKETS.has(syscall)) return undefined;
  // A link or a rename fails for what it leads to, as a rule; EXDEV and its like aren't here.
  const file = typeof dest === 'string' && kind !== 'missing' ? dest : path;
  return {trouble: kind, errno, call: syscall ?? '', path: typeof file === 'string' ? file : null};
}

/** What the system says of writing into a folder: undefined for yes. */
export type MayWrite = (folder: string) => string | undefined;

/**
 * Node's `mkdir -p` says ENOENT of a read-only file system, having tried all the way up. What is there of the path
 * says better what is wrong.
 */
function saidOfMkdir(error: unknown, mayWrite: MayWrite): string | undefined {
  if (errnoOf(error) !== 'ENOENT') return undefined;
  const {syscall, path} = error as NodeJS.ErrnoException;
  if (syscall !== 'mkdir' || path === undefined) return undefined;
  let there = dirname(resolve(path));
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  return mayWrite(there);
}

function refusalToWrite(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

export function kindOf(errno: string): DiskTroubleKind | undefined {
  return Object.hasOwn(KINDS, errno) ? KINDS[errno] : undefined;
}

const OF_SOCKETS: ReadonlySet<string> = new Set(['connect', 'bind', 'listen', 'accept', 'getaddrinfo']);
