import type {Bucket} from '../../artifacts/bucket/bucket.ts';
import {attestationsKey, publicationKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {asStore} from '../../artifacts/remote/bucket-trouble.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {PublishedContents} from '../../schemas/publication.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Signer} from '../attest/signer.ts';
import {publicationAfter, publicationBytes, signRun, signStages} from './bundle.ts';
import type {PublishableRun} from './publishable.ts';
import {newest, type Published, type Sequence, saidOf, takeNumber} from './sequence.ts';

export interface PublishParts {
  readonly run: PublishableRun;
  readonly signer: Signer;
  readonly bucket: Bucket;
  /** Whether all that stages made was sent before, or the record alone. */
  readonly contents: PublishedContents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface PublishedRun extends Published {
  /** Whether it had been published before, as the newest of its name: then nothing was written. */
  readonly again: boolean;
}

/** Others may publish the same name with the same key at the same moment. Not this many. */
const MOST_RACES = 32;

/**
 * Makes a run public whose artifacts are in the bucket already: the document, its signatures, and last its place in the
 * sequence of its name, which is the moment it counts. Killed before that, nothing has happened.
 */
export async function publishRun(parts: PublishParts): Promise<Result<PublishedRun, string>> {
  const {run, signer, bucket} = parts;
  const sequence = {bucket, signer: signer.key.id, name: run.record.pipeline.name};
  const stages = await signStages(run, signer);
  if (!stages.ok) return stages;
  for (let race = 0; race < MOST_RACES; race++) {
    const before = await newest(sequence);
    if (before !== undefined && (await isSame(sequence, before.publication, parts)))
      return ok({...before, again: true});
    const written = await write(parts, before, stages.value);
    if (!written.ok) return written;
    if (await takeNumber(sequence, written.value)) return ok({...written.value, again: false});
    await withdraw(sequence, written.value);
  }
  throw new StoreError(
    'unavailable',
    sequence.name,
    `${bucket.name}: others publish ${sequence.name} faster`,
    {
      retryable: true,
    },
  );
}

/** Nothing to be said anew: the same run, and as much of it. The first format did not say how much. */
async function isSame(
  sequence: Sequence,
  publication: Digest,
  {run, contents}: PublishParts,
): Promise<boolean> {
  const there = await saidOf(sequence, publication);
  return there.run === run.digest && (there.contents === contents || there.contents === undefined);
}

async function write(
  {run, signer, bucket, contents, now}: PublishParts,
  before: Published | undefined,
  stages: readonly string[],
): Promise<Result<Published, string>> {
  const publication = publicationAfter(before, run, {
    key: signer.key,
    contents,
    publishedAt: new Date(now()).toISOString(),
    recordSize: Buffer.byteLength(canonicalJson(run.record)),
  });
  const signed = await signRun(run, publication, signer);
  if (!signed.ok) return err(signed.error);
  const bytes = publicationBytes(publication);
  const digest = digestOfBytes(bytes);
  const lines = Buffer.from([...stages, signed.value].map((line) => `${line}\n`).join(''));
  await put(bucket, publicationKey(digest), bytes);
  await put(bucket, attestationsKey(digest), lines);
  return ok({sequence: publication.sequence, publication: digest});
}

/** It lost its number to another: signed, and in nobody's sequence, it would only confuse. */
async function withdraw({bucket}: Sequence, {publication}: Published): Promise<void> {
  const keys = [publicationKey(publication), attestationsKey(publication)];
  await asStore(publicationKey(publication), () => bucket.remove(keys));
}

async function put(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  await asStore(key, () => bucket.put(key, bytes, {ifAbsent: false}));
}
