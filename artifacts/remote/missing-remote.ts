import type {Digest} from '../../schemas/digest.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {objectKey, packKey} from '../bucket/bucket-layout.ts';
import type {PackIndex} from './pack-index.ts';
import {absentKeys, type WantedKey} from './presence.ts';

/** Which of `wanted` are neither in a pack that is there nor there by themselves. */
export async function missingRemote(
  bucket: ReadableBucket,
  packs: PackIndex,
  wanted: Iterable<Digest>,
): Promise<ReadonlySet<Digest>> {
  const unpacked = await notInPacks(bucket, packs, new Set(wanted));
  const keys = unpacked.map((digest) => ({key: objectKey(digest), size: packs.sizeOf(digest)}));
  const absent = await absentKeys(bucket, 'objects/v1/', keys);
  return new Set(unpacked.filter((digest) => absent.has(objectKey(digest))));
}

async function notInPacks(
  bucket: ReadableBucket,
  packs: PackIndex,
  wanted: ReadonlySet<Digest>,
): Promise<readonly Digest[]> {
  const asked = new Map<string, WantedKey>();
  for (const digest of wanted) {
    for (const {pack} of packs.find(digest)) {
      const key = packKey(pack.digest);
      asked.set(key, {key, size: pack.size});
    }
  }
  const absent = await absentKeys(bucket, 'packs/v1/', [...asked.values()]);
  const isPacked = (digest: Digest) => packs.find(digest).some(({pack}) => !absent.has(packKey(pack.digest)));
  return [...wanted].filter((digest) => !isPacked(digest));
}
