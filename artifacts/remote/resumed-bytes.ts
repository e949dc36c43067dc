import type {Digest} from '../../schemas/digest.ts';
import type {ByteRange, ReadableBucket, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {missingObject} from '../disk/objects.ts';
import {StoreError} from '../store-error.ts';
import {pauseOrThrow} from './bucket-trouble.ts';

/** Bytes that somebody claims to be in a bucket. Nothing of it is believed before the hash has matched. */
export interface ExpectedBytes {
  readonly digest: Digest;
  readonly key: string;
  readonly from: number;
  /** End of the bytes; undefined for "to the end of the object, whatever that is". */
  readonly to: number | undefined;
  /** Never more bytes than this, whatever the server says or sends. */
  readonly most: number;
  /** How long the whole object must be, when that is known: another length is another object. */
  readonly objectSize: number | undefined;
}

/**
 * The bytes under a key as they come. A connection that breaks is taken up again where it broke, by range, as long
 * as bytes keep coming. The size is looked at before the bytes are.
 */
export async function* steadyBytes(
  bucket: ReadableBucket,
  claim: ExpectedBytes,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const progress: Progress = {at: claim.from, end: claim.to};
  for (let failures = 0; progress.end === undefined || progress.at < progress.end; ) {
    const before = progress.at;
    // Opening one is tried again by the bucket itself (bucket/retrying-bucket.ts); going on is up to here.
    const reading = await bucket.get(claim.key, rangeOf(claim, progress));
    if (reading === undefined) throw missingObject(claim.digest);
    try {
      yield* oneReading(reading, claim, progress, signal);
      if (progress.end === undefined) return;
      if (progress.at < progress.end) throw endedEarly(bucket, claim, progress);
    } catch (error) {
      failures = progress.at - before >= FRUITFUL ? 1 : failures + 1;
      await pauseOrThrow(error, failures, signal);
    }
  }
}

/** A byte at a time would never end: fewer than these are no progress, though they are kept. */
const FRUITFUL = 4096;

interface Progress {
  at: number;
  end: number | undefined;
}

async function* oneReading(
  reading: Reading,
  claim: ExpectedBytes,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const chunks = reading.chunks[Symbol.asyncIterator]();
  try {
    checkSize(claim, reading, progress);
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      signal?.throwIfAborted();
      const chunk = next.value;
      if (progress.end !== undefined && progress.at + chunk.length > progress.end) throw moreThanSaid(claim);
      if (progress.at + chunk.length > claim.from + claim.most) throw tooMany(claim);
      progress.at += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  } finally {
    await chunks.return?.();
  }
}

function rangeOf({from, to}: ExpectedBytes, {at}: Progress): ByteRange | undefined {
  if (to !== undefined) return {from: at, to};
  return from === 0 && at === 0 ? undefined : {from: at};
}

function checkSize(claim: ExpectedBytes, {size}: Reading, progress: Progress): void {
  if (size === undefined) return;
  if (claim.objectSize !== undefined && size !== claim.objectSize) throw otherSize(claim, size);
  if (claim.to !== undefined) return;
  if (size - claim.from > claim.most) throw tooMany(claim, size);
  if (progress.end !== undefined && progress.end !== size) throw otherSize(claim, size);
  progress.end = size;
}

function otherSize({digest, key, objectSize}: ExpectedBytes, size: number): StoreError {
  const expected = objectSize === undefined ? 'as many as a moment ago' : objectSize;
  return new StoreError('corrupt', digest, `${key} has ${size} bytes where ${expected} are expected`);
}

function moreThanSaid({digest, key}: ExpectedBytes): StoreError {
  return new StoreError('corrupt', digest, `${key} sends more bytes than it said it has`);
}

function tooMany({digest, key, most}: ExpectedBytes, size?: number): StoreError {
  const found = size === undefined ? 'more' : String(size);
  return new StoreError('malformed', digest, `${key} has ${found} bytes where at most ${most} are expected`);
}

function endedEarly(bucket: ReadableBucket, {key}: ExpectedBytes, {at, end}: Progress): BucketError {
  return new BucketError('truncated', `${bucket.name}: ${key} ended at byte ${at} of ${end}`);
}
