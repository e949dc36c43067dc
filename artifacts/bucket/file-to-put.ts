import {createHash} from 'node:crypto';
import {closeSync, readSync} from 'node:fs';
import {setImmediate as letOthersRun} from 'node:timers/promises';
import {openRegularFile} from '../files/open-regular-file.ts';
import type {FileToPut} from './bucket.ts';
import {BucketError} from './bucket-error.ts';

/** Large enough that a call costs little, small enough that many files at a time fit. */
export const CHUNK = 2 ** 20;

/** The descriptor of a file whose size is as promised. The caller closes it. */
export function openFileToPut({path, size}: FileToPut): number {
  const opened = openRegularFile(path);
  if (!opened.ok) throw new BucketError('bad-file', `${path}: ${opened.error.code}`);
  const {descriptor, stat} = opened.value;
  if (stat.size === size) return descriptor;
  closeSync(descriptor);
  throw new BucketError('bad-file', `${path} has ${stat.size} bytes, not ${size}: it was changed`);
}

/** [from, to) of a file, chunk by chunk, into one buffer that is used again: copy what you keep. */
export function* readChunks(descriptor: number, path: string, from: number, to: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, to - from));
  for (let at = from; at < to; ) {
    const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0)
      throw new BucketError('bad-file', `${path} ends at byte ${at}, before ${to}: it was cut off`);
    yield buffer.subarray(0, read);
    at += read;
  }
}

/** Hands on every chunk of a file, and fails after the last one when the bytes were not those promised. */
export async function eachCheckedChunk(
  descriptor: number,
  file: FileToPut,
  use: (chunk: Buffer) => void,
): Promise<void> {
  const hash = createHash('sha256');
  let sinceRest = 0;
  for (const chunk of readChunks(descriptor, file.path, 0, file.size)) {
    hash.update(chunk);
    use(chunk);
    sinceRest += chunk.length;
    if (sinceRest < REST_AFTER) continue;
    sinceRest = 0;
    await letOthersRun();
  }
  checkDigest(file, hash.digest('hex'));
}

/** Reading and hashing is synchronous; other transfers get their turn every few milliseconds. */
const REST_AFTER = 8 * CHUNK;

export function checkDigest({path, sha256}: FileToPut, actual: string): void {
  if (actual === sha256) return;
  throw new BucketError(
    'bad-file',
    `${path} does not have the bytes that it should: SHA-256 ${actual}, not ${sha256}`,
  );
}
