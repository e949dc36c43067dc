import {randomBytes} from 'node:crypto';
import {closeSync, mkdirSync, openSync, renameSync} from 'node:fs';
import {dirname} from 'node:path';
import {errnoOf} from '../store-error.ts';
import {removeQuietly, writeFully} from './temporary-file.ts';

/**
 * Replaces a cache file in one step: readers see the old one or the new one. It isn't flushed, since
 * after a power cut an empty or torn one is read as "know nothing".
 */
export function replaceFile(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeNew(temporary, bytes);
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

function writeNew(path: string, bytes: Uint8Array): void {
  const descriptor = create(path);
  try {
    writeFully(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), {recursive: true});
    return openSync(path, 'wx', 0o600);
  }
}
