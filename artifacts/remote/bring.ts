import type {Digest} from '../../schemas/digest.ts';
import {inParallel, Turnstile} from '../at-a-time.ts';
import {objectKey} from '../bucket/bucket-layout.ts';
import {LIMITS} from '../path-rules.ts';
import type {StoreError} from '../store-error.ts';
import {isAboutBytes} from '../store-error.ts';
import {bringSpan} from './bring-span.ts';
import {asStore} from './bucket-trouble.ts';
import {whereabouts} from './find-object.ts';
import type {ObjectSupply, Sink, WantedObject, WantedOfPack} from './object-supply.ts';
import type {PackIndex} from './pack-index.ts';
import type {Pack, PackMember} from './packs.ts';
import {readChecked} from './read-checked.ts';
import {receiveLarge} from './receive-large.ts';
import {SpanBuffers} from './span-buffers.ts';
import {spansOf} from './spans.ts';

/** Up to here an object is held in memory. */
const SMALL = 2 ** 20;
const OBJECTS_AT_A_TIME = 8;
const PACKS_AT_A_TIME = 3;
/** Of 8 MiB each: what bounds the memory of large objects, however many there are. */
const RANGES = 8;

/** Objects by their digests alone, out of the packs that are known to hold them. */
export function bring(
  origin: ObjectSupply,
  wanted: Iterable<WantedObject>,
  sink: Sink,
): Promise<readonly StoreError[]> {
  const {packs, single} = sortOut(origin.packs, wanted);
  return bringSorted(origin, packs, single, sink);
}

/**
 * Fetches objects, whole packs of small ones at a time. What is nowhere, or wrong wherever it is, is told at the
 * end; everything else has been delivered by then.
 */
export async function bringSorted(
  origin: ObjectSupply,
  packs: Iterable<WantedOfPack>,
  single: readonly WantedObject[],
  sink: Sink,
): Promise<readonly StoreError[]> {
  const troubles: StoreError[] = [];
  const again: WantedObject[] = [];
  const buffers = new SpanBuffers();
  const ranges = new Turnstile(RANGES);
  const alone = async (object: WantedObject) => {
    try {
      await bringOne(origin, object, sink, ranges);
    } catch (error) {
      if (!isAboutBytes(error)) throw error;
      troubles.push(error);
    }
  };
  // The largest first: the last one to end should not be the one that takes longest.
  const sorted = [...single].sort((a, b) => (b.size ?? 0) - (a.size ?? 0));
  await inParallel(sorted, OBJECTS_AT_A_TIME, alone);
  await inParallel(packs, PACKS_AT_A_TIME, async ({pack, members}) => {
    for (const span of spansOf(pack, await members())) {
      again.push(...(await bringSpan(origin, span, sink, buffers)));
    }
  });
  await inParallel(again, OBJECTS_AT_A_TIME, alone);
  return troubles;
}

function sortOut(index: PackIndex, wanted: Iterable<WantedObject>) {
  const byPack = new Map<Digest, {readonly pack: Pack; readonly wanted: PackMember[]}>();
  const single = new Map<Digest, WantedObject>();
  const seen = new Set<Digest>();
  for (const object of wanted) {
    if (seen.has(object.digest)) continue;
    seen.add(object.digest);
    const [packed] = index.find(object.digest);
    if (packed === undefined) {
      single.set(object.digest, {...object, size: object.size ?? index.sizeOf(object.digest)});
      continue;
    }
    const group = byPack.get(packed.pack.digest) ?? {pack: packed.pack, wanted: []};
    group.wanted.push(packed.member);
    byPack.set(packed.pack.digest, group);
  }
  const packs = [...byPack.values()].map(({pack, wanted: members}) => ({pack, members: async () => members}));
  return {packs, single: [...single.values()]};
}

async function bringOne(
  origin: ObjectSupply,
  object: WantedObject,
  sink: Sink,
  ranges: Turnstile,
): Promise<void> {
  const {bucket, packs, signal, onBytes} = origin;
  const {digest} = object;
  const size = object.size ?? (await asStore(digest, () => bucket.size(objectKey(digest))));
  if (size !== undefined && size > SMALL) {
    const receiver = await sink.receive(digest, Math.min(size, LIMITS.fileBytes));
    return receiveLarge({bucket, signal, onBytes, ranges}, {digest, size}, receiver);
  }
  const limit = size ?? SMALL;
  const bytes = await readChecked(bucket, whereabouts(packs, digest, limit), limit, signal);
  await sink.take(digest, bytes);
  onBytes?.(bytes.length);
}
