import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {sequenceKey} from '../../artifacts/bucket/bucket-layout.ts';
import type {Digest} from '../../schemas/digest.ts';
import {parseSequenceEntry, SEQUENCE_LIMIT} from './parse-publication.ts';
import {readSmall} from './read-small.ts';

/** What a bucket says under a number. */
export type EntryFound =
  | {readonly state: 'found'; readonly publication: Digest}
  | {readonly state: 'absent'}
  | {readonly state: 'damaged'; readonly why: string};

export interface ReadSequence {
  readonly bucket: ReadableBucket;
  readonly signer: string;
  readonly name: string;
}

export async function entryAt({bucket, signer, name}: ReadSequence, number: number): Promise<EntryFound> {
  const bytes = await readSmall(bucket, sequenceKey(signer, name, number), SEQUENCE_LIMIT);
  if (bytes === 'absent') return {state: 'absent'};
  if (bytes === 'too-large') return {state: 'damaged', why: 'it is too large'};
  const entry = parseSequenceEntry(bytes);
  return entry.ok
    ? {state: 'found', publication: entry.value.publication}
    : {state: 'damaged', why: entry.error};
}

/**
 * The greatest number there is, at least `from`; without listing: doubling steps, then halving. 0 when there is
 * none. Numbers have no holes: each is written when the one before it is there.
 */
export async function lastNumber(sequence: ReadSequence, from: number): Promise<number> {
  const isThere = async (number: number) => (await entryAt(sequence, number)).state !== 'absent';
  let present = from;
  if (from === 0 || !(await isThere(from))) present = 0;
  let step = 1;
  while (present + step <= MOST && (await isThere(present + step))) {
    present += step;
    step *= 2;
  }
  for (step = Math.floor(step / 2); step >= 1; step = Math.floor(step / 2)) {
    if (await isThere(present + step)) present += step;
  }
  return present;
}

const MOST = 99_999_999;
