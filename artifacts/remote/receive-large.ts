import type {Digest} from '../../schemas/digest.ts';
import type {Turnstile} from '../at-a-time.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {objectKey} from '../bucket/bucket-layout.ts';
import type {GrowingFile} from '../disk/growing-file.ts';
import type {SizedDigest} from './packs.ts';
import {collectChunks, corruptRemote, TRIES} from './read-checked.ts';
import type {ExpectedBytes} from './resumed-bytes.ts';

/** A file that grows as the bytes come. Exactly one of `done` and `leave` is called. */
export interface Receiver {
  readonly file: GrowingFile;
  /** The bytes were right. */
  done(): Promise<void>;
  /** Not this time; `keep` when what has come so far may be gone on with. */
  leave(keep: boolean): void;
}

export interface LargeSupply {
  readonly bucket: ReadableBucket;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Bounds the ranges that are in memory, over all large objects together. */
  readonly ranges: Turnstile;
}

const RANGE = 4 * 2 ** 20;
/** How far ahead of the hash one object is fetched: a server gives several ranges faster than one. */
const AHEAD = 4;

/**
 * A large object into a file that may hold the beginning of it already. Ranges come in parallel and are hashed and
 * written in their order, so what is in the file is always a beginning, and may be gone on with.
 */
export async function receiveLarge(
  origin: LargeSupply,
  object: SizedDigest,
  receiver: Receiver,
): Promise<void> {
  try {
    await fill(origin, object, receiver.file);
  } catch (error) {
    receiver.leave(receiver.file.size > 0);
    throw error;
  }
  await receiver.done();
}

/** Returns only when the file holds the right bytes. */
async function fill(origin: LargeSupply, object: SizedDigest, file: GrowingFile): Promise<void> {
  const seen = new Set<Digest>();
  if (file.size > 0) origin.onBytes?.(file.size);
  for (let tries = 1; ; tries++) {
    const resumed = file.size > 0;
    await appendRest(origin, object, file);
    const actual = file.digest();
    if (actual === object.digest) return;
    file.restart();
    // A beginning from another day may be what is wrong: only what came at once speaks against the bucket.
    if (resumed) continue;
    if (seen.has(actual) || tries > TRIES) throw corruptRemote(origin.bucket, claimOf(object, 0, 0), actual);
    seen.add(actual);
  }
}

async function appendRest(origin: LargeSupply, object: SizedDigest, file: GrowingFile): Promise<void> {
  const coming: Promise<Ranged>[] = [];
  try {
    for (let at = file.size; at < object.size || coming.length > 0; ) {
      for (; coming.length < AHEAD && at < object.size; at += RANGE) coming.push(begin(origin, object, at));
      const next = await coming.shift();
      if (next === undefined) break;
      try {
        for (const chunk of next.chunks) file.write(chunk);
        origin.onBytes?.(next.length);
      } finally {
        next.free();
      }
    }
  } finally {
    // Ranges that were ahead of the one that failed: nobody waits for them, and their places must be given back.
    for (const outcome of await Promise.allSettled(coming))
      if (outcome.status === 'fulfilled') outcome.value.free();
  }
}

/** Its failure is met when it is waited for, which may be long after it happened. */
function begin(origin: LargeSupply, object: SizedDigest, from: number): Promise<Ranged> {
  const range = fetchRange(origin, object, from);
  range.catch(() => undefined);
  return range;
}

interface Ranged {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
  /** Gives back the place in memory. */
  free(): void;
}

async function fetchRange(
  {bucket, signal, ranges}: LargeSupply,
  object: SizedDigest,
  from: number,
): Promise<Ranged> {
  const free = await ranges.enter();
  try {
    const to = Math.min(from + RANGE, object.size);
    return {chunks: await collectChunks(bucket, claimOf(object, from, to), signal), length: to - from, free};
  } catch (error) {
    free();
    throw error;
  }
}

function claimOf({digest, size}: SizedDigest, from: number, to: number): ExpectedBytes {
  return {digest, key: objectKey(digest), from, to, most: to - from, objectSize: size};
}
