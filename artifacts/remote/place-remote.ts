import {randomBytes} from 'node:crypto';
import {chmodSync, closeSync, constants, copyFileSync, linkSync, lstatSync, openSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import type {Digest} from '../../schemas/digest.ts';
import {GrowingFile} from '../disk/growing-file.ts';
import {removeQuietly, writeFully} from '../files/temporary-file.ts';
import type {Placed, Placement} from '../store.ts';
import {StoreError, toStoreError} from '../store-error.ts';
import {whyCopied} from '../why-copied.ts';
import {bring} from './bring.ts';
import type {ObjectSupply, Sink} from './object-supply.ts';
import type {Receiver} from './receive-large.ts';

/**
 * Objects of a bucket into files. What comes is hashed under a temporary name beside its destination, and only
 * then gets the name; a file that is there is never replaced.
 */
export async function placeRemote(origin: ObjectSupply, placements: readonly Placement[]): Promise<Placed> {
  for (const {destination} of placements) refuseOccupied(destination);
  const byDigest = new Map<Digest, Placement[]>();
  for (const placement of placements) {
    byDigest.set(placement.digest, [...(byDigest.get(placement.digest) ?? []), placement]);
  }
  let bytesCopied = 0;
  const placesOf = (digest: Digest) => byDigest.get(digest) ?? [];
  const sink: Sink = {
    async take(digest, bytes) {
      for (const placement of placesOf(digest)) placeBytes(bytes, placement);
      bytesCopied += bytes.length * placesOf(digest).length;
    },
    async receive(digest, size) {
      const [first, ...others] = placesOf(digest);
      if (first === undefined) throw new Error(`${digest} was not asked for`);
      bytesCopied += size * (others.length + 1);
      return receiver(first, others);
    },
  };
  const [trouble] = await bring(
    origin,
    [...byDigest.keys()].map((digest) => ({digest})),
    sink,
  );
  if (trouble !== undefined) throw trouble;
  return {linked: 0, copied: placements.length, bytesCopied, fallbacks: whyCopied(placements), links: []};
}

function refuseOccupied(destination: string): void {
  if (lstatSync(destination, {throwIfNoEntry: false}) === undefined) return;
  throw new StoreError('occupied', destination, `${destination} is there already`);
}

function placeBytes(bytes: Uint8Array, {destination, executable}: Placement): void {
  const temporary = besides(destination);
  try {
    const descriptor = openSync(temporary, 'wx', modeOf(executable));
    try {
      writeFully(descriptor, bytes);
    } finally {
      closeSync(descriptor);
    }
    linkSync(temporary, destination);
  } catch (error) {
    throw toStoreError(error, destination);
  } finally {
    removeQuietly(temporary);
  }
}

function receiver(first: Placement, others: readonly Placement[]): Receiver {
  const file = GrowingFile.create(besides(first.destination));
  return {
    file,
    async done() {
      try {
        await file.seal(modeOf(first.executable));
        file.close();
        linkSync(file.path, first.destination);
        // The same bytes again, from a file that was hashed a moment ago.
        for (const other of others) copyAgain(first.destination, other);
      } catch (error) {
        throw toStoreError(error, first.destination);
      } finally {
        removeQuietly(file.path);
      }
    },
    leave() {
      file.close();
      removeQuietly(file.path);
    },
  };
}

function copyAgain(from: string, {destination, executable}: Placement): void {
  copyFileSync(from, destination, constants.COPYFILE_EXCL);
  chmodSync(destination, modeOf(executable));
}

/** Hidden, and in the same directory: the same file system, the same permissions. */
function besides(destination: string): string {
  return `${dirname(destination)}/.${basename(destination).slice(0, 100)}.${randomBytes(6).toString('hex')}`;
}

function modeOf(executable: boolean): number {
  return executable ? 0o555 : 0o444;
}
