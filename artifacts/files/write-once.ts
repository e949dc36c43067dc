import {closeSync, existsSync, linkSync, mkdirSync, renameSync} from 'node:fs';
import {dirname} from 'node:path';
import {errnoOf} from '../store-error.ts';
import {flushAndClose, flushFile, TouchedDirectories} from './durable-directory.ts';
import {createTemporary, type Disk, removeQuietly, writeFully} from './temporary-file.ts';

/**
 * A document under its final name: complete and durable, or not there. An existing one is never
 * replaced; it may be another process's that isn't flushed yet, so it is flushed before anyone is told.
 */
export async function writeOnce(disk: Disk, path: string, bytes: Uint8Array): Promise<'written' | 'exists'> {
  const temporary = await writeTemporary(disk, bytes);
  const touched = new TouchedDirectories(disk.directories);
  try {
    const outcome = linkInto(temporary, path, touched);
    if (outcome === 'exists') await flushFile(path);
    await touched.flush();
    return outcome;
  } finally {
    removeQuietly(temporary);
  }
}

/** Flushed bytes under a temporary name. */
export async function writeTemporary(disk: Disk, bytes: Uint8Array): Promise<string> {
  const {path, descriptor} = createTemporary(disk);
  try {
    try {
      writeFully(descriptor, bytes);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    await flushAndClose(descriptor);
    return path;
  } catch (error) {
    removeQuietly(path);
    throw error;
  }
}

/**
 * The moment a name becomes visible. `link` fails where `rename` would replace, so of two writers one
 * wins and the other is told. `touched` gets what must be flushed before the name may be relied upon.
 */
export function linkInto(temporary: string, path: string, touched: TouchedDirectories): 'written' | 'exists' {
  const directory = dirname(path);
  touched.add(directory);
  try {
    return link(temporary, path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(directory, {recursive: true});
    return link(temporary, path);
  }
}

function link(temporary: string, path: string): 'written' | 'exists' {
  try {
    linkSync(temporary, path);
    return 'written';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return 'exists';
    if (errno !== 'EPERM' && errno !== 'ENOTSUP' && errno !== 'EOPNOTSUPP') throw error;
  }
  return renameUnlessThere(temporary, path);
}

/**
 * For file systems without hard links. Two writers in the same instant may both be told that they
 * wrote, and the later one stays; what is visible is complete all the same.
 */
function renameUnlessThere(temporary: string, path: string): 'written' | 'exists' {
  if (existsSync(path)) return 'exists';
  renameSync(temporary, path);
  return 'written';
}
