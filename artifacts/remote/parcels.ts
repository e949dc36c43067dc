import {lstatSync} from 'node:fs';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {objectKey, packKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {missingObject} from '../disk/objects.ts';
import {objectPath, type StoreLayout} from '../layout.ts';
import {digestsOf} from '../receipt-store.ts';
import {readManifest} from '../trees/materialise.ts';
import {type Pack, packsOf} from './packs.ts';

/** One thing that a push sends in one piece. */
export type Parcel =
  | {readonly kind: 'pack'; readonly key: string; readonly size: number; readonly pack: Pack}
  | {readonly kind: 'object'; readonly key: string; readonly size: number; readonly digest: Digest};

export interface Parcels {
  /** To be there before anything that names them: packs, large files, blobs. */
  readonly contents: readonly Parcel[];
  readonly manifests: readonly Parcel[];
}

/** What artifacts and receipts consist of in a bucket. */
export async function parcelsOf(
  local: OpenStore,
  artifacts: Iterable<Artifact>,
  receipts: readonly Receipt[],
): Promise<Parcels> {
  const contents = new Map<string, Parcel>();
  const manifests = new Map<string, Parcel>();
  const all = [...artifacts, ...receipts.flatMap(({outputs}) => Object.values(outputs))];
  const trees = new Set(all.filter(({type}) => type === 'tree').map(({digest}) => digest));
  for (const tree of trees) {
    for (const parcel of await parcelsOfTree(local, tree)) contents.set(parcel.key, parcel);
    add(manifests, objectParcel(local.layout, tree));
  }
  for (const digest of [...all.map((artifact) => artifact.digest), ...receipts.flatMap(digestsOf)]) {
    if (!trees.has(digest)) add(contents, objectParcel(local.layout, digest));
  }
  return {contents: [...contents.values()], manifests: [...manifests.values()]};
}

function add(parcels: Map<string, Parcel>, parcel: Parcel): void {
  parcels.set(parcel.key, parcel);
}

async function parcelsOfTree(local: OpenStore, tree: Digest): Promise<readonly Parcel[]> {
  const {packs, loose} = packsOf(await readManifest(local.artifacts, tree));
  return [
    ...packs.map((pack) => ({kind: 'pack' as const, key: packKey(pack.digest), size: pack.size, pack})),
    ...loose.map(({digest, size}) => ({kind: 'object' as const, key: objectKey(digest), size, digest})),
  ];
}

function objectParcel(layout: StoreLayout, digest: Digest): Parcel {
  const stat = lstatSync(objectPath(layout, digest), {throwIfNoEntry: false});
  if (stat === undefined) throw missingObject(digest);
  return {kind: 'object', key: objectKey(digest), size: stat.size, digest};
}
