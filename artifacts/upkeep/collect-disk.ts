import {closeSync, existsSync, lstatSync, readSync, type Stats, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {namesIn} from '../files/folder-names.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import {readSmallText} from '../files/small-file.ts';
import {digestOfName, objectPath, type StoreLayout} from '../layout.ts';
import {errnoOf} from '../store-error.ts';
import {isFuture} from './clock-doubt.ts';
import {Condemning} from './condemning.ts';
import {EMPTY_HEAP, type Garbage, type GarbageOptions, HeapCount} from './garbage-count.ts';
import {removeLeftovers} from './leftovers.ts';
import {Marks, PEEK_BYTES} from './mark.ts';
import {pinsOnDisk, textsIn} from './pins.ts';

export interface DiskGarbageOptions extends GarbageOptions {
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
}

/**
 * Finds what nobody needs in a store on disk, and deletes it when asked to. Kept is what can be reached from pins,
 * publications, the run records that the caller names, and results that are young or that one of these names; and
 * whatever is younger than the grace period. Safe while others use the store: see condemning.ts.
 */
export async function collectDisk(store: OpenStore, options: DiskGarbageOptions): Promise<Garbage> {
  const {layout} = store;
  const condemning = new Condemning(layout, options);
  const marks = new Marks({artifacts: store.artifacts, peek: async (digest) => peek(layout, digest)});
  for (const text of rootsOf(layout, options.roots)) await marks.text(text);
  const count = {receipts: new HeapCount(), objects: new HeapCount(), partial: new HeapCount()};
  const spared = {young: new HeapCount(), kept: new HeapCount()};
  // Results go before what they name: whoever begins now can't find one whose bytes are about to go.
  for (const {path, size, age, key, isFuture} of receiptsOf(layout, options.now)) {
    if (isFuture && options.delete) dateNow(path, options.now);
    if (age < options.keepResultsMs || (key !== undefined && marks.objects.has(key))) {
      await marks.text(readSmallText(path) ?? '');
    } else {
      count.receipts.add(size);
      condemning.add('receipt', path);
    }
  }
  if (!condemning.finish()) return report('interrupted');
  for (const {path, size, age, digest, isFuture} of objectsOf(layout, options.now)) {
    if (isFuture && options.delete) dateNow(path, options.now);
    if (marks.objects.has(digest)) spared.kept.add(size);
    else if (age < options.graceMs) spared.young.add(size);
    else {
      count.objects.add(size);
      condemning.add('object', path);
    }
  }
  for (const {path, size, age, isFuture} of partialsOf(layout, options.now)) {
    if (isFuture && options.delete) dateNow(path, options.now);
    if (age < options.graceMs) continue;
    count.partial.add(size);
    condemning.add('partial', path);
  }
  const finished = condemning.finish();
  if (finished && options.delete) removeLeftovers(layout);
  return report(finished ? 'done' : 'interrupted');

  function report(how: 'done' | 'interrupted'): Garbage {
    const {receipts, objects, partial} = count;
    return {
      receipts: receipts.heap,
      objects: objects.heap,
      packs: EMPTY_HEAP,
      partial: partial.heap,
      young: spared.young.heap,
      kept: spared.kept.heap,
      outcome:
        how === 'interrupted' ? {by: condemning.interruptedBy} : options.delete ? 'deleted' : 'counted',
    };
  }
}

function* rootsOf(layout: StoreLayout, given: Iterable<string>): Generator<string> {
  yield* pinsOnDisk(layout);
  const publications = join(layout.root, 'publications', 'v1');
  for (const name of namesIn(publications, 'no-folder')) yield* textsIn(join(publications, name));
  yield* given;
}

function peek(layout: StoreLayout, digest: Digest): Uint8Array | undefined {
  const opened = openRegularFile(objectPath(layout, digest));
  if (!opened.ok) return undefined;
  const {descriptor} = opened.value;
  try {
    const bytes = Buffer.alloc(PEEK_BYTES);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, PEEK_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

interface Aged {
  readonly path: string;
  readonly size: number;
  readonly age: number;
  /** Written while the clock was ahead: it counts as new. */
  readonly isFuture: boolean;
}

/** So that what a clock that was ahead has dated grows old like everything else, from now on. */
function dateNow(path: string, now: number): void {
  try {
    utimesSync(path, now / 1000, now / 1000);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function* receiptsOf(
  {receipts}: StoreLayout,
  now: number,
): Generator<Aged & {readonly key: Digest | undefined}> {
  for (const {path, name, ...aged} of filesBelow(receipts, now)) {
    yield {path, ...aged, key: digestOfName(name.split('.')[0] ?? '')};
  }
}

function* objectsOf({objects}: StoreLayout, now: number): Generator<Aged & {readonly digest: Digest}> {
  for (const {name, ...aged} of filesBelow(objects, now)) {
    // What no store put there is a stray: `verify` tells of it, and people decide.
    if (/^[0-9a-f]{64}$/.test(name)) yield {...aged, digest: digestFromHex(name)};
  }
}

function* partialsOf({partial}: StoreLayout, now: number): Generator<Aged> {
  for (const name of namesIn(partial, 'no-folder')) {
    const aged = agedFile(`${partial}/${name}`, now);
    if (aged !== undefined && !name.includes('~')) yield aged;
  }
}

function* filesBelow(folder: string, now: number): Generator<Aged & {readonly name: string}> {
  for (const shard of namesIn(folder, 'no-folder')) {
    for (const name of namesIn(`${folder}/${shard}`, 'no-folder')) {
      const aged = agedFile(`${folder}/${shard}/${name}`, now);
      if (aged !== undefined) yield {...aged, name};
    }
  }
}

/** Since it was written, or came in by a link, or was last linked into somebody's inputs. */
function agedFile(path: string, now: number): Aged | undefined {
  const stat: Stats | undefined = existsSync(path) ? lstatSync(path, {throwIfNoEntry: false}) : undefined;
  if (!stat?.isFile()) return undefined;
  const time = Math.max(stat.mtimeMs, stat.ctimeMs);
  return {path, size: stat.size, age: Math.max(0, now - time), isFuture: isFuture(time, now)};
}
