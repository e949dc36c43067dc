import {createHash} from 'node:crypto';
import {closeSync, readSync} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import {breathe, digestOfBytes, finish} from '../hashing.ts';
import {StoreError} from '../store-error.ts';
import {condemn, corruptObject, type ObjectDisk, openObject} from './objects.ts';

export function readObject(disk: ObjectDisk, digest: Digest, limit: number): Uint8Array {
  const source = openObject(disk, digest);
  try {
    if (source.size > limit) throw tooLarge(digest, source.size, limit);
    const bytes = readUpTo(source.descriptor, source.size);
    if (digestOfBytes(bytes) === digest) return bytes;
    condemn(disk, digest, source.ino);
    throw corruptObject(digest);
  } finally {
    closeSync(source.descriptor);
  }
}

/** A chunk is handed out only when another one follows it or the hash has matched. */
export async function* streamObject(disk: ObjectDisk, digest: Digest): AsyncGenerator<Uint8Array, void> {
  const source = openObject(disk, digest);
  try {
    const hash = createHash('sha256');
    let held: Uint8Array | undefined;
    for (;;) {
      const chunk = readUpTo(source.descriptor, CHUNK);
      if (chunk.length === 0) break;
      hash.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
      await breathe();
    }
    if (finish(hash) !== digest) {
      condemn(disk, digest, source.ino);
      throw corruptObject(digest);
    }
    if (held !== undefined) yield held;
  } finally {
    closeSync(source.descriptor);
  }
}

const CHUNK = 2 ** 20;

/** A new buffer each time: the consumer may keep it. */
function readUpTo(descriptor: number, length: number): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const read = readSync(descriptor, buffer, at, length - at, null);
    if (read === 0) break;
    at += read;
  }
  return buffer.subarray(0, at);
}

export function tooLarge(digest: Digest, size: number, limit: number): StoreError {
  return new StoreError(
    'malformed',
    digest,
    `${digest} has ${size} bytes where at most ${limit} are expected`,
  );
}
