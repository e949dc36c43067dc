import {randomBytes} from 'node:crypto';
import {closeSync, constants, fchmodSync, mkdirSync, openSync, unlinkSync, writeSync} from 'node:fs';
import type {StoreLayout} from '../layout.ts';
import {ownedName} from '../owner.ts';
import {errnoOf, StoreError} from '../store-error.ts';
import type {DirectoryState} from './durable-directory.ts';

/** What writing to a store on disk needs to know. */
export interface Disk {
  readonly layout: StoreLayout;
  readonly owner: string;
  readonly directories: DirectoryState;
}

/** A fresh name in the store's file system that says whose it is: recovery removes a dead owner's. */
export function temporaryName(disk: Disk): string {
  return `${disk.layout.temporary}/${ownedName(disk.owner, randomBytes(12).toString('hex'))}`;
}

/**
 * Read-only from birth: the descriptor can write, nobody can ever open it for writing again. Also where the user's umask
 * would hide it: the folders of the store do that, and a stage that is given the object may see its mode.
 */
export function createTemporary(disk: Disk): {readonly path: string; readonly descriptor: number} {
  const path = temporaryName(disk);
  try {
    return {path, descriptor: create(path)};
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(disk.layout.temporary, {recursive: true});
    return {path, descriptor: create(path)};
  }
}

/** Everybody's to read, whatever the umask: who keeps a store private closes its folder. */
function create(path: string): number {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, 0o444);
  fchmodSync(descriptor, 0o444);
  return descriptor;
}

/** A full disk writes short and says nothing: only the loop meets the error. */
export function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const written = writeSync(descriptor, bytes, at, bytes.length - at);
    if (written === 0) throw new StoreError('full', 'write', 'the file system takes no more bytes');
    at += written;
  }
}

/** For clean-up: a temporary file that can't be removed now is removed by recovery later. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Said above; and the error that led here matters more.
  }
}

export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Closed already, or flushed before: nothing that was promised depends on it.
  }
}
