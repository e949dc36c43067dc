import type {Bucket, ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import type {OpenStore} from '../../artifacts/disk/local-store.ts';
import {openStore} from '../../artifacts/open/open-store.ts';
import type {TieredStore} from '../../artifacts/tiered/open-tiered.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StoreChoice} from './choose-stores.ts';
import type {FoundStore} from './find-store.ts';

export interface StoreContext {
  /** Who writes: names what this process leaves on disk while it lives. */
  readonly owner: string;
  readonly warn: (message: string) => void;
  /** Hardware classes to ask for where a server can't list. */
  readonly classes?: readonly Digest[];
}

/** A folder, alone or with a shared store behind it: then `settle` waits until that has what was made. */
export type Stores = OpenStore & Partial<Pick<TieredStore, 'finishUploads'>>;

/**
 * The folder, with the shared store behind it. Nothing of S3 is loaded where there is none. `held` is the folder where
 * somebody has it open already; closing what is returned closes it.
 */
export async function openStores(
  {local, remote}: StoreChoice,
  context: StoreContext,
  held?: OpenStore,
): Promise<Stores> {
  const folder = held ?? (await openStore({directory: local, owner: context.owner}));
  if (remote === undefined) return folder;
  const {openTiered} = await import('../../artifacts/tiered/open-tiered.ts');
  const {openRemote} = await import('../../artifacts/remote/open-remote.ts');
  return openTiered({
    local: folder,
    remote: openRemote(await openFound(remote)),
    access: remote.access,
    warn: context.warn,
    ...(context.classes !== undefined && {classes: context.classes}),
  });
}

/** Written to only where the user's configuration allows it. */
async function openFound(found: FoundStore): Promise<Bucket | ReadableBucket> {
  const {openBucket, openReadableBucket} = await import('../../artifacts/open/open-bucket.ts');
  return found.access === 'read-write' ? openBucket(found) : openReadableBucket(found);
}
