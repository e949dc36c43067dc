import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {OpenStore} from '../disk/local-store.ts';
import {openStore} from '../open/open-store.ts';
import {ingestTree} from '../trees/ingest.ts';
import {aReceipt} from './a-receipt.ts';
import {drawnBytes} from './drawn-bytes.ts';
import {temporaryDirectory} from './temporary-directory.ts';

/** A store of its own in which a stage has just made a tree of random files. */
export async function computedTree(files: number) {
  const local = await freshDisk();
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'sub'));
  for (let i = 0; i < files; i++) writeFileSync(join(folder, 'sub', `f${i}`), drawnBytes(100 + i));
  const model = await ingestTree(local.artifacts, folder, {mode: 'copy'});
  if (!model.ok) throw new Error('expected a tree');
  const receipt = aReceipt({model: model.value}, {kind: `kind-${drawnBytes(4).toString('hex')}`});
  await local.receipts.put(receipt);
  return {local, tree: model.value, receipt};
}

export function freshDisk(): Promise<OpenStore> {
  return openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
}
