import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {inParallel} from '../at-a-time.ts';
import type {Bucket} from '../bucket/bucket.ts';
import type {OpenStore} from '../disk/local-store.ts';
import type {PutReceipt} from '../receipt-store.ts';
import type {RemoteStore} from './open-remote.ts';
import {type Parcel, type Parcels, parcelsOf} from './parcels.ts';
import {absentKeys} from './presence.ts';
import {writable} from './remote-artifacts.ts';
import {sendParcel} from './send-parcel.ts';
import {SpanBuffers} from './span-buffers.ts';
import {type TransferOptions, TransferTally} from './transfer.ts';

export interface UploadOptions extends TransferOptions {
  /** Told to others when all that they name is there. */
  readonly receipts?: readonly Receipt[];
  /** Objects that are sent although they are there: what is there was found damaged. */
  readonly again?: ReadonlySet<Digest>;
}

export interface Pushed {
  /** Objects, packs and manifests that were not there. */
  readonly sent: number;
  readonly bytes: number;
  /** Those that were. */
  readonly present: number;
  /** Of those that were to be sent again: what was. */
  readonly resent: readonly Digest[];
  readonly receipts: readonly PutReceipt[];
}

/**
 * Artifacts of a local store into a bucket: what it lacks, and nothing else. First what is named by others, then the
 * manifests that name it, then receipts, so that whatever is visible there is complete. Each is acknowledged by the
 * server before what names it is sent. A push that breaks off is gone on with by the next one.
 */
export async function pushArtifacts(
  remote: RemoteStore,
  local: OpenStore,
  artifacts: Iterable<Artifact>,
  options: UploadOptions = {},
): Promise<Pushed> {
  const {receipts = [], signal} = options;
  const bucket = writable(remote.bucket, remote.bucket.name);
  const parcels = await parcelsOf(local, artifacts, receipts);
  signal?.throwIfAborted();
  const absent = await absentOf(bucket, parcels);
  const tally = new TransferTally(options);
  const {again = new Set()} = options;
  const lacking = (all: readonly Parcel[]) =>
    all.filter((parcel) => absent.has(parcel.key) || contains(parcel, again).length > 0);
  const batches = [lacking(parcels.contents), lacking(parcels.manifests)];
  for (const batch of batches) tally.expect(batch.length, sizeOf(batch));
  tally.expect(receipts.length, 0);
  for (const batch of batches) await sendAll(bucket, local, batch, tally, signal);
  const told = await tellAll(remote, receipts, tally, signal);
  const sent = batches.flat().length;
  return {
    sent,
    bytes: tally.progress.bytes,
    present: parcels.contents.length + parcels.manifests.length - sent,
    resent: batches.flat().flatMap((parcel) => contains(parcel, again)),
    receipts: told,
  };
}

async function absentOf(bucket: Bucket, {contents, manifests}: Parcels): Promise<ReadonlySet<string>> {
  const all = [...contents, ...manifests];
  const ask = (prefix: string) =>
    absentKeys(
      bucket,
      prefix,
      all.filter(({key}) => key.startsWith(prefix)),
    );
  return new Set([...(await ask('packs/v1/')), ...(await ask('objects/v1/'))]);
}

function contains(parcel: Parcel, wanted: ReadonlySet<Digest>): readonly Digest[] {
  if (wanted.size === 0) return [];
  const digests = parcel.kind === 'pack' ? parcel.pack.members.map(({digest}) => digest) : [parcel.digest];
  return digests.filter((digest) => wanted.has(digest));
}

/** How many at a time, by how much memory or server each takes. */
const LARGE = 16 * 2 ** 20;
const FEW = 3;
const MANY = 8;

async function sendAll(
  bucket: Bucket,
  local: OpenStore,
  parcels: readonly Parcel[],
  tally: TransferTally,
  signal: AbortSignal | undefined,
): Promise<void> {
  const heavy = parcels.filter(isHeavy).sort((a, b) => b.size - a.size);
  const light = parcels.filter((parcel) => !isHeavy(parcel));
  const buffers = new SpanBuffers();
  const send = async (parcel: Parcel) => {
    signal?.throwIfAborted();
    await sendParcel(bucket, local, parcel, buffers);
    tally.moved(parcel.size);
    tally.done();
  };
  await inParallel(heavy, FEW, send);
  await inParallel(light, MANY, send);
}

function isHeavy({kind, size}: Parcel): boolean {
  return kind === 'pack' || size > LARGE;
}

async function tellAll(
  {receipts: store}: RemoteStore,
  receipts: readonly Receipt[],
  tally: TransferTally,
  signal: AbortSignal | undefined,
): Promise<readonly PutReceipt[]> {
  const told: PutReceipt[] = [];
  const numbered = receipts.map((receipt, at) => ({receipt, at}));
  await inParallel(numbered, MANY, async ({receipt, at}) => {
    signal?.throwIfAborted();
    told[at] = await store.publish(receipt);
    tally.done();
  });
  return told;
}

function sizeOf(parcels: readonly Parcel[]): number {
  return parcels.reduce((sum, {size}) => sum + size, 0);
}
