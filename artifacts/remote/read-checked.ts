import {createHash} from 'node:crypto';
import {type Digest, shortDigest} from '../../schemas/digest.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {tooLarge} from '../disk/read-object.ts';
import {digestOfBytes, finish} from '../hashing.ts';
import {isAboutBytes, StoreError} from '../store-error.ts';
import {fromBucket} from './bucket-trouble.ts';
import {type ExpectedBytes, steadyBytes} from './resumed-bytes.ts';

/** How often wrong bytes are asked for again: a wire may damage them, a store that has them wrong gives the same. */
export const TRIES = 3;

/**
 * The first of the places that has the right bytes. What is wrong or not there in one is looked for in the next;
 * if it is right nowhere, damage is worse news than absence, and is what is told.
 */
export async function readChecked(
  bucket: ReadableBucket,
  claims: readonly ExpectedBytes[],
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  return firstSound(claims, (claim) => readOne(bucket, claim, limit, signal));
}

/** Tries one place after another; passes on trouble that isn't about the bytes. */
async function firstSound<T>(
  claims: readonly ExpectedBytes[],
  read: (claim: ExpectedBytes) => Promise<T>,
): Promise<T> {
  let worst: StoreError | undefined;
  for (const claim of claims) {
    try {
      return await read(claim);
    } catch (error) {
      if (!isAboutBytes(error)) throw error;
      if (worst === undefined || worst.code === 'missing') worst = error;
    }
  }
  throw worst ?? new Error('an object must be looked for somewhere');
}

async function readOne(
  bucket: ReadableBucket,
  claim: ExpectedBytes,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const {digest, from, to} = claim;
  if (to !== undefined && to - from > limit) throw tooLarge(digest, to - from, limit);
  const seen = new Set<Digest>();
  for (let tries = 1; ; tries++) {
    const bytes = await collect(bucket, claim, signal);
    const actual = digestOfBytes(bytes);
    if (actual === digest) return bytes;
    if (seen.has(actual) || tries === TRIES) throw corruptRemote(bucket, claim, actual);
    seen.add(actual);
  }
}

async function collect(
  bucket: ReadableBucket,
  claim: ExpectedBytes,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks = await collectChunks(bucket, claim, signal);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

export async function collectChunks(
  bucket: ReadableBucket,
  claim: ExpectedBytes,
  signal?: AbortSignal,
): Promise<readonly Uint8Array[]> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of steadyBytes(bucket, claim, signal)) chunks.push(chunk);
    return chunks;
  } catch (error) {
    throw fromBucket(error, claim.digest);
  }
}

/** From the first place that has it; once a chunk is out there is no other place to turn to. */
export async function* streamSound(
  bucket: ReadableBucket,
  claims: readonly ExpectedBytes[],
): AsyncGenerator<Uint8Array, void> {
  const {first, rest} = await firstSound(claims, async (claim) => {
    const chunks = streamChecked(bucket, claim);
    return {first: await chunks.next(), rest: chunks};
  });
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** A chunk is handed out only when another one follows it or the hash has matched. */
async function* streamChecked(
  bucket: ReadableBucket,
  claim: ExpectedBytes,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha256');
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of steadyBytes(bucket, claim)) {
      hash.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
  } catch (error) {
    throw fromBucket(error, claim.digest);
  }
  const actual = finish(hash);
  if (actual !== claim.digest) throw corruptRemote(bucket, claim, actual);
  if (held !== undefined) yield held;
}

export function corruptRemote(
  bucket: ReadableBucket,
  {digest, key}: ExpectedBytes,
  actual: Digest,
): StoreError {
  return new StoreError(
    'corrupt',
    digest,
    `${bucket.name}/${key} does not hold ${shortDigest(digest)} but ${actual} (${digest})`,
  );
}
