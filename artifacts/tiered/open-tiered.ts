import {join} from 'node:path';
import type {Digest} from '../../schemas/digest.ts';
import type {OpenStore} from '../disk/local-store.ts';
import type {ReceiptLookup} from '../receipt-store.ts';
import {fetchObjects} from '../remote/into-store.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {canList} from '../remote/presence.ts';
import type {FarStore} from './far-store.ts';
import {RemoteSide} from './remote-side.ts';
import {Suspects} from './suspects.ts';
import {TieredArtifacts} from './tiered-artifacts.ts';
import {TieredReceipts} from './tiered-receipts.ts';
import {type TierReport, UploadQueue} from './upload-queue.ts';

export type {FailedUpload, OtherReceipt, TierReport} from './upload-queue.ts';

export interface TierConfig {
  readonly local: OpenStore;
  readonly remote: RemoteStore;
  /** What is read-only is never written to. */
  readonly access: 'read-write' | 'read-only';
  /** Hardware classes to ask for, where the bucket can't be listed; and which make a local receipt good enough. */
  readonly classes?: readonly Digest[];
  /** Told at most once that the remote store can't be reached, and of each damaged object there. */
  readonly warn: (message: string) => void;
}

/** A local store with a shared one behind it; to a run it is a store like any other. */
export interface TieredStore extends OpenStore {
  /** Waits until the results of this run are in the shared store, and says which are. Call it before `close`. */
  finishUploads(): Promise<TierReport>;
}

export function openTiered({local, remote, access, classes, warn}: TierConfig): TieredStore {
  const suspects = new Suspects(join(local.layout.root, 'suspects.v1'), remote.bucket.name);
  const side = new RemoteSide(farStore(remote), suspects, warn);
  const uploads = new UploadQueue(local, remote, side);
  const send = access === 'read-write' ? uploads.send.bind(uploads) : () => undefined;
  const copy = (digests: readonly Digest[]) =>
    fetchObjects(
      remote,
      local,
      digests.map((digest) => ({digest})),
    );
  return {
    layout: local.layout,
    artifacts: new TieredArtifacts(local.artifacts, side, copy),
    receipts: new TieredReceipts(local.receipts, side, {classes, send}),
    intake: () => local.intake(),
    finishUploads: () => uploads.finish(),
    async close() {
      await uploads.finish();
      await local.close();
      await remote.close();
    },
  };
}

function farStore(remote: RemoteStore): FarStore {
  const {bucket, artifacts} = remote;
  const lookup = (key: Digest, classes: readonly Digest[] = []) => lookUpIn(remote, key, classes);
  return {name: bucket.name, artifacts, receipts: {lookup}};
}

/**
 * First the classes that one knows, by name: a listing may lag behind what was just written (seen on SeaweedFS). Then
 * all that there are, where the bucket can be listed.
 */
async function lookUpIn(
  {bucket, receipts}: RemoteStore,
  key: Digest,
  classes: readonly Digest[],
): Promise<ReceiptLookup> {
  const named = await receipts.lookup(key, classes);
  return named.receipts.length > 0 || !canList(bucket) ? named : receipts.lookup(key);
}
