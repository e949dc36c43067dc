import {chmodSync, closeSync, fstatSync, lstatSync, type Stats} from 'node:fs';
import {dirname} from 'node:path';
import {type Digest, shortDigest} from '../../schemas/digest.ts';
import {flushFile, type TouchedDirectories} from '../files/durable-directory.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import type {Disk} from '../files/temporary-file.ts';
import {linkInto} from '../files/write-once.ts';
import {digestPatiently} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {errnoOf, StoreError} from '../store-error.ts';
import {quarantine} from './quarantine.ts';
import {isAsMade, OBJECT_MODE, type VerifiedObjects} from './verified-objects.ts';

export interface ObjectDisk extends Disk {
  readonly verified: VerifiedObjects;
}

/** A flushed file under a temporary name, whose bytes were hashed as they were written or adopted. */
export interface StagedObject {
  readonly temporary: string;
  readonly digest: Digest;
  readonly stat: Stats;
}

/**
 * Gives a staged file its name. When the name is taken, the object under it must prove itself, or it
 * goes to quarantine and the staged one takes its place. Flush `touched` before telling anyone.
 */
export async function nameObject(
  disk: ObjectDisk,
  staged: StagedObject,
  touched: TouchedDirectories,
): Promise<void> {
  const path = objectPath(disk.layout, staged.digest);
  for (let attempt = 0; attempt < 5; attempt++) {
    if (linkInto(staged.temporary, path, touched) === 'written') {
      disk.verified.add(staged.digest, staged.stat);
      return;
    }
    if (await stands(disk, staged.digest, touched)) return;
  }
  throw new StoreError('corrupt', staged.digest, `${path}: keeps turning up with wrong bytes`);
}

/**
 * Whether there is an object with this digest that may be relied upon: right bytes, and flushed, since
 * the process that wrote it may have been killed before it did. (Acknowledging such a hit without the
 * flush lost the object in 20 of 20 simulated power cuts.)
 */
export async function stands(
  disk: ObjectDisk,
  digest: Digest,
  touched: TouchedDirectories,
): Promise<boolean> {
  if ((await inspectObject(disk, digest)) !== 'sound') return false;
  if (disk.verified.flushed.has(digest)) return true;
  const path = objectPath(disk.layout, digest);
  await flushFile(path);
  touched.add(dirname(path));
  return true;
}

/** Looks at an object, hashing it unless it was hashed before and looks the same; damage goes to quarantine. */
export async function inspectObject(
  disk: ObjectDisk,
  digest: Digest,
  how: 'trust stat' | 'hash' = 'trust stat',
): Promise<'sound' | 'missing' | 'damaged'> {
  const path = objectPath(disk.layout, digest);
  if (how === 'trust stat') {
    const stat = lstatOf(path);
    if (stat === undefined) return 'missing';
    if (disk.verified.has(digest, stat)) return 'sound';
  }
  return hashObject(disk, digest, path);
}

async function hashObject(
  disk: ObjectDisk,
  digest: Digest,
  path: string,
): Promise<'sound' | 'missing' | 'damaged'> {
  makeReadable(path);
  const opened = openRegularFile(path);
  if (!opened.ok) {
    if (opened.error.code === 'absent') return 'missing';
    if (opened.error.code !== 'unreadable') return condemn(disk, digest);
    throw unreadable(opened.error.errno, digest, path);
  }
  try {
    const actual = await digestPatiently(opened.value.descriptor);
    if (actual.digest !== digest) return condemn(disk, digest, opened.value.stat.ino);
    acceptObject(disk, digest, fstatSync(opened.value.descriptor));
    return 'sound';
  } finally {
    closeSync(opened.value.descriptor);
  }
}

/** Right bytes. Whose mode is wrong and can't be put right is hashed each time, and copied instead of linked. */
function acceptObject(disk: ObjectDisk, digest: Digest, stat: Stats): void {
  if (isAsMade(stat)) disk.verified.add(digest, stat);
  else disk.verified.forget(digest);
}

/**
 * An object that may be written to, or not be read, is put right before it is looked at: root reads everything, and
 * the stage that is given it does not.
 */
function makeReadable(path: string): void {
  const stat = lstatOf(path);
  if (stat?.isFile() !== true || isAsMade(stat)) return;
  try {
    chmodSync(path, OBJECT_MODE);
  } catch (error) {
    // Somebody else's, or on a file system that is read-only: what comes of it is told by whoever needs it.
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * The bytes under this name are wrong: never to be used. Not when the name has come to stand for
 * another file since `ino` was found wrong: that is somebody's repair.
 */
export function condemn(disk: ObjectDisk, digest: Digest, ino?: number): 'damaged' {
  disk.verified.forget(digest);
  const path = objectPath(disk.layout, digest);
  if (ino === undefined || lstatOf(path)?.ino === ino) quarantine(disk.layout, path, 'object');
  return 'damaged';
}

export interface OpenObject {
  readonly descriptor: number;
  readonly ino: number;
  readonly size: number;
}

export function openObject(disk: ObjectDisk, digest: Digest): OpenObject {
  const path = objectPath(disk.layout, digest);
  const opened = reopened(path, openRegularFile(path));
  if (opened.ok) {
    const {descriptor, stat} = opened.value;
    return {descriptor, ino: stat.ino, size: stat.size};
  }
  if (opened.error.code === 'absent') throw missingObject(digest);
  if (opened.error.code === 'unreadable') throw unreadable(opened.error.errno, digest, path);
  condemn(disk, digest);
  throw corruptObject(digest);
}

/** One that we may not read, and may make readable. */
function reopened(path: string, opened: ReturnType<typeof openRegularFile>): typeof opened {
  if (opened.ok || opened.error.code !== 'unreadable') return opened;
  makeReadable(path);
  return openRegularFile(path);
}

export function missingObject(digest: Digest): StoreError {
  return new StoreError('missing', digest, `the store does not have ${digest}`);
}

export function corruptObject(digest: Digest): StoreError {
  return new StoreError(
    'corrupt',
    digest,
    `the bytes stored as ${shortDigest(digest)} are not its own; they are in quarantine (${digest})`,
  );
}

function unreadable(errno: string, digest: Digest, path: string): StoreError {
  const denied = errno === 'EACCES' || errno === 'EPERM';
  return new StoreError(denied ? 'denied' : 'unavailable', digest, `${path}: ${errno}`);
}

export function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, {throwIfNoEntry: false});
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
