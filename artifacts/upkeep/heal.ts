import {objectKey, packKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {lstatOf} from '../disk/objects.ts';
import {objectPath} from '../layout.ts';
import {fetchObjects} from '../remote/into-store.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {writable} from '../remote/remote-artifacts.ts';
import {sendParcel} from '../remote/send-parcel.ts';
import {SpanBuffers} from '../remote/span-buffers.ts';
import {StoreError} from '../store-error.ts';
import type {Healer} from './verify.ts';
import type {Damaged} from './verify-bucket.ts';

/** What the local store lacks, out of the remote one. */
export function healerFrom(remote: RemoteStore, local: OpenStore): Healer {
  return {
    learn: (manifest) => remote.artifacts.learn(manifest),
    async heal(digests) {
      if (digests.length === 0) return new Set();
      const before = [...(await local.artifacts.missing(digests))];
      await fetchObjects(
        remote,
        local,
        before.map((digest) => ({digest})),
      );
      const after = await local.artifacts.missing(before);
      return new Set(before.filter((digest) => !after.has(digest)));
    },
  };
}

/** Sends the right bytes to the remote store again, where the local one has them. */
export async function healRemote(remote: RemoteStore, local: OpenStore, damaged: Damaged): Promise<boolean> {
  const bucket = writable(remote.bucket, remote.bucket.name);
  try {
    const parcel = parcelOf(local, damaged);
    if (parcel === undefined) return false;
    await sendParcel(bucket, local, parcel, new SpanBuffers());
    return true;
  } catch (error) {
    // Not here either, or damaged here too: then it was set aside and named.
    if (error instanceof StoreError && ABOUT_BYTES.has(error.code)) return false;
    throw error;
  }
}

const ABOUT_BYTES: ReadonlySet<string> = new Set(['missing', 'corrupt', 'malformed']);

function parcelOf({layout}: OpenStore, damaged: Damaged) {
  if (damaged.kind === 'pack') {
    const {pack} = damaged;
    return {kind: 'pack' as const, key: packKey(pack.digest), size: pack.size, pack};
  }
  const {digest} = damaged;
  const stat = lstatOf(objectPath(layout, digest));
  return stat && {kind: 'object' as const, key: objectKey(digest), size: stat.size, digest};
}
