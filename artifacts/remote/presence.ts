import {byCodeUnit} from '../../schemas/canonical-json.ts';
import {inParallel} from '../at-a-time.ts';
import type {ListableBucket, ReadableBucket} from '../bucket/bucket.ts';
import {asStore} from './bucket-trouble.ts';

export interface WantedKey {
  readonly key: string;
  /** An object of another length under this key is not the one that is wanted. */
  readonly size: number | undefined;
}

export function canList(bucket: ReadableBucket): bucket is ListableBucket {
  return 'list' in bucket;
}

/**
 * Which of many keys a bucket lacks, with as few requests as either way would need: one for each wanted key, or one
 * for each thousand keys that are there. It reads the listing in order beside the sorted wanted keys, leaps over
 * stretches where none is wanted, and asks for each key where they lie far apart.
 */
export async function absentKeys(
  bucket: ReadableBucket,
  prefix: string,
  wanted: readonly WantedKey[],
): Promise<ReadonlySet<string>> {
  const absent = new Set<string>();
  const sorted = [...wanted].sort((a, b) => byCodeUnit(a.key, b.key));
  const from = canList(bucket) && sorted.length > FEW ? await sweep(bucket, prefix, sorted, absent) : 0;
  await inParallel(sorted.slice(from), AT_A_TIME, async ({key, size}) => {
    const found = await asStore(key, () => bucket.size(key));
    if (found === undefined || (size !== undefined && found !== size)) absent.add(key);
  });
  return absent;
}

const FEW = 4;
const AT_A_TIME = 16;
/** What a server lists in one answer. */
const PAGE = 1000;
/** A listing that settles fewer wanted keys than this for each request is slower than asking for each, many at a time. */
const WORTHWHILE = 8;

/** How many of the wanted keys, from the first, it settled before it was not worth going on. */
async function sweep(
  bucket: ListableBucket,
  prefix: string,
  wanted: readonly WantedKey[],
  absent: Set<string>,
): Promise<number> {
  for (let at = 0; at < wanted.length; ) {
    const before = at;
    at = await asStore(prefix, () => readPage(bucket, prefix, wanted, at, absent));
    if (at < wanted.length && at - before < WORTHWHILE) return at;
  }
  return wanted.length;
}

/** Reads one answer of the server, from the first key that is not settled yet. The next begins at the next such key. */
async function readPage(
  bucket: ListableBucket,
  prefix: string,
  wanted: readonly WantedKey[],
  from: number,
  absent: Set<string>,
): Promise<number> {
  let at = from;
  let read = 0;
  for await (const {key, size} of bucket.list(prefix, justBefore(wanted[from]?.key ?? ''))) {
    for (; at < wanted.length; at++) {
      const next = wanted[at];
      if (next === undefined || next.key > key) break;
      if (next.key < key || (next.size !== undefined && next.size !== size)) absent.add(next.key);
    }
    if (at === wanted.length || ++read === PAGE) return at;
  }
  for (const {key} of wanted.slice(at)) absent.add(key);
  return wanted.length;
}

/** Keys end in a hash: nothing comes between this and the key but what shares 63 of its digits. */
function justBefore(key: string): string {
  return key.slice(0, -1);
}
