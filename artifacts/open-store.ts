import {accessSync, constants, existsSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {DiskStore} from './disk/disk-store.ts';
import {flushDirectorySync, makeDirectories} from './disk/durable-directory.ts';
import type {Intake} from './disk/intake.ts';
import {type StoreLayout, storeLayout} from './layout.ts';
import {ownedName} from './owner.ts';
import {DiskReceipts} from './receipts/disk-receipts.ts';
import type {ReceiptStore} from './receipts/receipt-store.ts';
import type {ArtifactStore} from './store.ts';
import {toStoreError} from './store-error.ts';
import {takeLease} from './upkeep/leases.ts';

export interface StoreConfig {
  readonly directory: string;
  /** Who writes: `<boot id>.<pid>.<pid's start time>`. */
  readonly owner: string;
}

export interface OpenStore {
  readonly layout: StoreLayout;
  readonly artifacts: ArtifactStore;
  readonly receipts: ReceiptStore;
  /** Takes in what comes from another store. */
  intake(): Intake;
  /** Remembers which objects were verified. Nothing else depends on it: a killed process loses nothing. */
  close(): Promise<void>;
}

/** Opens a store in a folder, making it when it isn't there. Reads nothing: a run with nothing to do pays nothing. */
export async function openStore({directory, owner}: StoreConfig): Promise<OpenStore> {
  const layout = storeLayout(resolve(directory));
  // A bad owner is a bug that should show here, not at the first write.
  ownedName(owner, 'check');
  makeRooms(layout);
  const disk = {layout, owner, directories: {root: layout.root, settled: new Set<string>()}};
  const endLease = takeLease(layout, owner);
  const artifacts = new DiskStore(disk);
  const receipts = new DiskReceipts(disk, artifacts);
  return {
    layout,
    artifacts,
    receipts,
    intake: () => artifacts.intake(),
    async close() {
      await artifacts.close();
      endLease();
    },
  };
}

/** Making folders on a read-only file system says ENOENT; the first folder that is there says why. */
function whyNotMade(path: string): unknown {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

function makeRooms(layout: StoreLayout): void {
  const rooms = [layout.objects, layout.receipts, layout.temporary].filter((room) => !existsSync(room));
  try {
    for (const room of rooms) for (const parent of makeDirectories(room)) flushDirectorySync(parent);
  } catch (error) {
    throw toStoreError(whyNotMade(layout.root) ?? error, layout.root);
  }
}
