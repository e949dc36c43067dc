import type {Bucket} from '../../artifacts/bucket/bucket.ts';
import {publicationKey, sequenceKey} from '../../artifacts/bucket/bucket-layout.ts';
import {asStore} from '../../artifacts/remote/bucket-trouble.ts';
import {readDocument} from '../../artifacts/remote/read-document.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {type Digest, isDigest} from '../../schemas/digest.ts';
import type {SequenceEntry} from '../../schemas/publication.ts';

/** The publications of a name by one signer: numbered from 1, each once, none ever replaced. */
export interface Sequence {
  readonly bucket: Bucket;
  /** Key id. */
  readonly signer: string;
  readonly name: string;
}

export interface Published {
  readonly sequence: number;
  readonly publication: Digest;
}

/** The one with the highest number. No listing: the numbers have no gaps, so that halving finds the last. */
export async function newest(sequence: Sequence): Promise<Published | undefined> {
  let there = 0;
  let absent = 1;
  while (await exists(sequence, absent)) {
    there = absent;
    absent *= 2;
  }
  while (absent - there > 1) {
    const middle = Math.floor((there + absent) / 2);
    if (await exists(sequence, middle)) there = middle;
    else absent = middle;
  }
  return there === 0 ? undefined : {sequence: there, publication: await read(sequence, there)};
}

/**
 * The moment a publication becomes the newest of its name: of two that want a number one gets it. An answer that was
 * lost on the way is no refusal: what is there is read, and may be ours.
 */
export async function takeNumber(
  sequence: Sequence,
  {sequence: number, publication}: Published,
): Promise<boolean> {
  const entry: SequenceEntry = {sequence: 1, publication};
  const key = keyOf(sequence, number);
  await asStore(key, () => sequence.bucket.put(key, Buffer.from(canonicalJson(entry)), {ifAbsent: true}));
  return (await read(sequence, number)) === publication;
}

/** Which run a publication is of, and how much of it; undefined where that can't be told. */
export async function saidOf(
  {bucket}: Sequence,
  publication: Digest,
): Promise<{readonly run: Digest | undefined; readonly contents: unknown}> {
  const nothing = {run: undefined, contents: undefined};
  const bytes = await readDocument(bucket, publicationKey(publication), DOCUMENT_BYTES);
  if (bytes === undefined || !bytes.ok) return nothing;
  try {
    const {run, contents} = JSON.parse(Buffer.from(bytes.value).toString()) as {
      run?: {digest?: unknown};
      contents?: unknown;
    };
    return {run: isDigest(run?.digest) ? run.digest : undefined, contents};
  } catch {
    return nothing; // Damaged: publishing again mends it.
  }
}

const DOCUMENT_BYTES = 64 * 2 ** 20;
const ENTRY_BYTES = 4096;

async function exists(sequence: Sequence, number: number): Promise<boolean> {
  const key = keyOf(sequence, number);
  return (await asStore(key, () => sequence.bucket.size(key))) !== undefined;
}

async function read(sequence: Sequence, number: number): Promise<Digest> {
  const key = keyOf(sequence, number);
  const bytes = await readDocument(sequence.bucket, key, ENTRY_BYTES);
  const entry = bytes?.ok ? parse(bytes.value) : undefined;
  if (entry !== undefined) return entry;
  const {name} = sequence.bucket;
  throw new StoreError('corrupt', key, `${name}/${key} is no entry of a sequence: look at it, and remove it`);
}

function parse(bytes: Uint8Array): Digest | undefined {
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString()) as Partial<SequenceEntry>;
    return entry.sequence === 1 && isDigest(entry.publication) ? entry.publication : undefined;
  } catch {
    return undefined;
  }
}

function keyOf({signer, name}: Sequence, number: number): string {
  return sequenceKey(signer, name, number);
}
