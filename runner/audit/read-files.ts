import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {objectKey, packKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {packsOf} from '../../artifacts/remote/packs.ts';
import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {readSmall} from './read-small.ts';

/** No file of a published pipeline is larger: what is, the loader would refuse as well. */
const FILE_LIMIT = 16 * 2 ** 20;
const ALL_LIMIT = 128 * 2 ** 20;

/** The small files of a tree that are wanted, by path, each of the right digest. What isn't right is left out. */
export async function readFiles(
  bucket: ReadableBucket,
  manifest: TreeManifest,
  wanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = manifest.entries.filter(({path, size}) => wanted(path) && size <= FILE_LIMIT);
  const needed = new Map(entries.map(({digest, size}) => [digest, size]));
  if ([...needed.values()].reduce((sum, size) => sum + size, 0) > ALL_LIMIT) return new Map();
  const bytes = await readDigests(bucket, manifest, needed);
  return new Map(
    entries.flatMap(({path, digest}) => {
      const found = bytes.get(digest);
      return found === undefined ? [] : [[path, found] as const];
    }),
  );
}

async function readDigests(
  bucket: ReadableBucket,
  manifest: TreeManifest,
  needed: ReadonlyMap<Digest, number>,
): Promise<ReadonlyMap<Digest, Uint8Array>> {
  const found = new Map<Digest, Uint8Array>();
  const keep = (digest: Digest, bytes: Uint8Array) => {
    if (digestOfBytes(bytes) === digest) found.set(digest, bytes);
  };
  const {packs, loose} = packsOf(manifest);
  for (const {digest, size, members} of packs) {
    if (!members.some((member) => needed.has(member.digest))) continue;
    const pack = await readSmall(bucket, packKey(digest), size);
    if (!(pack instanceof Uint8Array)) continue;
    for (const {digest: member, offset, size: length} of members)
      if (needed.has(member)) keep(member, pack.slice(offset, offset + length));
  }
  for (const {digest, size} of loose) {
    const object = needed.has(digest) ? await readSmall(bucket, objectKey(digest), size) : undefined;
    if (object instanceof Uint8Array) keep(digest, object);
  }
  return found;
}
