import {closeSync, readSync} from 'node:fs';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {Bucket} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {StoreError} from '../store-error.ts';
import {fromBucket} from './bucket-trouble.ts';
import type {Pack} from './packs.ts';
import type {Parcel} from './parcels.ts';
import type {SpanBuffers} from './span-buffers.ts';

/** Up to here a file is read and checked at once; above, while it is sent. */
const IN_MEMORY = 2 ** 20;

/** Resolves when the server has acknowledged it. Local bytes that are wrong are never sent. */
export async function sendParcel(
  bucket: Bucket,
  local: OpenStore,
  parcel: Parcel,
  buffers: SpanBuffers,
): Promise<void> {
  const {key, size} = parcel;
  try {
    if (parcel.kind === 'pack') {
      const {pack} = parcel;
      await buffers.use(size, async (bytes) =>
        bucket.put(key, await assemble(local, pack, bytes), {ifAbsent: false}),
      );
    } else if (size <= IN_MEMORY)
      await bucket.put(key, await bytesOf(local, parcel.digest, size), {ifAbsent: false});
    else await sendFile(bucket, local, {key, size, digest: parcel.digest});
  } catch (error) {
    throw fromBucket(error, key);
  }
}

/** Straight into the pack, and checked there; what is wrong the store reads again, sets aside and names. */
async function assemble(local: OpenStore, {members}: Pack, bytes: Buffer): Promise<Uint8Array> {
  for (const {digest, size, offset} of members) {
    const own = bytes.subarray(offset, offset + size);
    if (!readInto(objectPath(local.layout, digest), own) || digestOfBytes(own) !== digest) {
      own.set(await bytesOf(local, digest, size));
    }
  }
  return bytes;
}

/** False when it isn't a file of exactly this size, or can't be read: who asks turns to the store. */
function readInto(path: string, target: Buffer): boolean {
  const opened = openRegularFile(path);
  if (!opened.ok) return false;
  const {descriptor, stat} = opened.value;
  try {
    if (stat.size !== target.length) return false;
    let at = 0;
    while (at < target.length) {
      const read = readSync(descriptor, target, at, target.length - at, at);
      if (read === 0) return false;
      at += read;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}

/** Checked by the store; a length other than the manifest says would shift what follows in a pack. */
async function bytesOf({artifacts}: OpenStore, digest: Digest, size: number): Promise<Uint8Array> {
  const bytes = await artifacts.read(digest, size);
  if (bytes.length === size) return bytes;
  throw new StoreError('malformed', digest, `${digest} has ${bytes.length} bytes, and a tree says ${size}`);
}

async function sendFile(
  bucket: Bucket,
  local: OpenStore,
  {key, size, digest}: {readonly key: string; readonly size: number; readonly digest: Digest},
): Promise<void> {
  try {
    const path = objectPath(local.layout, digest);
    await bucket.putFile(key, {path, size, sha256: hexOf(digest)});
  } catch (error) {
    if (error instanceof BucketError && error.code === 'bad-file') await condemnIfWrong(local, digest);
    throw error;
  }
}

/** Reading it to its end puts it into quarantine, and says so. When it reads well after all, the first error stands. */
async function condemnIfWrong({artifacts}: OpenStore, digest: Digest): Promise<void> {
  for await (const _chunk of artifacts.stream(digest));
}
