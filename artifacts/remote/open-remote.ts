import type {ReadableBucket} from '../bucket/bucket.ts';
import {RemoteArtifacts} from './remote-artifacts.ts';
import {RemoteReceipts} from './remote-receipts.ts';

export interface RemoteStore {
  readonly bucket: ReadableBucket;
  readonly artifacts: RemoteArtifacts;
  readonly receipts: RemoteReceipts;
  close(): Promise<void>;
}

/** A store in a bucket. Asks nothing: what is wrong with the bucket shows at the first question. */
export function openRemote(bucket: ReadableBucket): RemoteStore {
  const artifacts = new RemoteArtifacts(bucket);
  return {
    bucket,
    artifacts,
    receipts: new RemoteReceipts(bucket, artifacts),
    close: () => bucket.close(),
  };
}
