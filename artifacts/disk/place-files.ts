import {closeSync, constants, fchmodSync, linkSync, openSync} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import {removeQuietly, writeFully} from '../files/temporary-file.ts';
import {breathe, digestPatiently} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import type {LinkFallback, Placed, PlacedLink, Placement} from '../store.ts';
import {errnoOf, toStoreError} from '../store-error.ts';
import {
  condemn,
  corruptObject,
  inspectObject,
  lstatOf,
  missingObject,
  type ObjectDisk,
  type OpenObject,
  openObject,
} from './objects.ts';
import {isAsMade} from './verified-objects.ts';

/** Gives objects file names outside the store: by hard link where it can, by copy where it must. */
export async function placeFiles(disk: ObjectDisk, placements: readonly Placement[]): Promise<Placed> {
  const tally = new Tally();
  for (const [at, placement] of placements.entries()) {
    if (at % 256 === 255) await breathe();
    const fallback = placement.link ? await placeLink(disk, placement) : 'asked to copy';
    if (fallback === undefined) tally.linked(placement.digest);
    else tally.copied(fallback, await placeCopy(disk, placement));
  }
  return tally.report(disk);
}

/** Undefined when linked; otherwise why a copy is needed. */
async function placeLink(disk: ObjectDisk, placement: Placement): Promise<LinkFallback | undefined> {
  // A link shares the object's mode, and objects are not executable.
  if (placement.executable) return 'executable';
  await requireSound(disk, placement.digest);
  const object = objectPath(disk.layout, placement.digest);
  // Whoever the link is for might not be able to read it, or able to write to it. A copy is ours to give.
  const stat = lstatOf(object);
  if (stat !== undefined && !isAsMade(stat)) return 'not-permitted';
  try {
    linkSync(object, placement.destination);
    return undefined;
  } catch (error) {
    switch (errnoOf(error)) {
      case 'EXDEV':
        return 'other-file-system';
      case 'EMLINK':
        return 'too-many-links';
      case 'EPERM':
      case 'ENOTSUP':
      case 'EOPNOTSUPP':
        return 'not-permitted';
      default:
        throw toStoreError(error, placement.destination);
    }
  }
}

async function requireSound(disk: ObjectDisk, digest: Digest): Promise<void> {
  const state = await inspectObject(disk, digest);
  if (state === 'missing') throw missingObject(digest);
  if (state === 'damaged') throw corruptObject(digest);
}

/** Hashes what it copies; a copy that turns out wrong is gone before the error is out. */
async function placeCopy(disk: ObjectDisk, placement: Placement): Promise<number> {
  const source = openObject(disk, placement.digest);
  try {
    const mode = placement.executable ? 0o555 : 0o444;
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
    const target = outside(placement, () => openSync(placement.destination, flags, mode));
    try {
      outside(placement, () => fchmodSync(target, mode)); // Whatever the umask.
      return await copyChecked(disk, placement, source, target);
    } catch (error) {
      removeQuietly(placement.destination);
      throw error;
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source.descriptor);
  }
}

async function copyChecked(
  disk: ObjectDisk,
  placement: Placement,
  source: OpenObject,
  target: number,
): Promise<number> {
  const {digest} = placement;
  const copied = await digestPatiently(source.descriptor, (chunk) =>
    outside(placement, () => writeFully(target, chunk)),
  );
  if (copied.digest === digest) return copied.size;
  condemn(disk, digest, source.ino);
  throw corruptObject(digest);
}

/** What is full or closed there is the place that was asked for, and not the store. */
function outside<T>({destination}: Placement, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error, destination);
  }
}

class Tally {
  #copied = 0;
  #bytesCopied = 0;
  readonly #linked: Digest[] = [];
  readonly #fallbacks = {executable: 0, 'other-file-system': 0, 'too-many-links': 0, 'not-permitted': 0};

  linked(digest: Digest): void {
    this.#linked.push(digest);
  }

  copied(why: LinkFallback | 'asked to copy', bytes: number): void {
    this.#copied++;
    this.#bytesCopied += bytes;
    if (why !== 'asked to copy') this.#fallbacks[why]++;
  }

  report(disk: ObjectDisk): Placed {
    return {
      linked: this.#linked.length,
      copied: this.#copied,
      bytesCopied: this.#bytesCopied,
      fallbacks: this.#fallbacks,
      links: changeTimes(disk, new Set(this.#linked)),
    };
  }
}

/** After all links are made: each one moves its inode's change time. */
function changeTimes(disk: ObjectDisk, digests: ReadonlySet<Digest>): readonly PlacedLink[] {
  return [...digests].map((digest) => ({
    digest,
    ctimeMs: lstatOf(objectPath(disk.layout, digest))?.ctimeMs ?? 0,
  }));
}

/**
 * Nobody can set a change time. Where it is still what it was, nobody wrote through the link, changed
 * its mode or its times; where it isn't, the bytes are hashed. (Another stage that got the same input
 * meanwhile moves it too: that costs a hash.)
 */
export async function changedLinks(
  disk: ObjectDisk,
  links: readonly PlacedLink[],
): Promise<readonly Digest[]> {
  const changed: Digest[] = [];
  for (const {digest, ctimeMs} of links) {
    if (lstatOf(objectPath(disk.layout, digest))?.ctimeMs === ctimeMs) continue;
    const state = await inspectObject(disk, digest, 'hash');
    if (state !== 'sound') changed.push(digest);
  }
  return changed;
}
