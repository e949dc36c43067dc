import {randomBytes} from 'node:crypto';
import {closeSync, fchmodSync, fsyncSync, openSync, realpathSync, renameSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {flushDirectorySync} from '../../../artifacts/files/durable-directory.ts';
import {readSmallFile} from '../../../artifacts/files/small-file.ts';
import {removeQuietly, writeFully} from '../../../artifacts/files/temporary-file.ts';

export interface Rewrite {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * Replaces a file that a person wrote, in one step and flushed: it is the old one or the new one. Not where it is
 * no longer what was read: somebody has saved it since. A link stays a link, and the mode stays.
 */
export function rewriteFile({path, before, after}: Rewrite): 'written' | 'changed' {
  const real = realpathSync(path);
  const read = readSmallFile(real);
  if (!read.ok || !read.value.equals(before)) return 'changed';
  const temporary = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeNew(temporary, after, statSync(real).mode & 0o777);
    renameSync(temporary, real);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  flushDirectorySync(dirname(real));
  return 'written';
}

function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  const descriptor = openSync(path, 'wx', mode);
  try {
    fchmodSync(descriptor, mode);
    writeFully(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
