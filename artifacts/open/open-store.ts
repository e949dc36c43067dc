import {accessSync, constants, existsSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {DiskStore} from '../disk/disk-store.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {flushDirectorySync, makeDirectories} from '../files/durable-directory.ts';
import {type StoreLayout, storeLayout} from '../layout.ts';
import {ownedName} from '../owner.ts';
import {DiskReceipts} from '../receipts/disk-receipts.ts';
import {toStoreError} from '../store-error.ts';
import {takeLease} from '../upkeep/leases.ts';

export interface StoreConfig {
  readonly directory: string;
  /** Who writes: the name of one process on one machine, which no other process has or will have. */
  readonly owner: string;
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
  let isOpen = true;
  return {
    layout,
    artifacts,
    receipts,
    intake: () => artifacts.intake(),
    async close() {
      if (!isOpen) return;
      isOpen = false;
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
  const rooms = [layout.objects, layout.receipts, layout.temporary].filter((folder) => !existsSync(folder));
  try {
    for (const folder of rooms) for (const parent of makeDirectories(folder)) flushDirectorySync(parent);
  } catch (error) {
    throw toStoreError(whyNotMade(layout.root) ?? error, layout.root);
  }
}
