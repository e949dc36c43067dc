import {join} from 'node:path';
import {type Digest, digestFromHex, hexOf} from '../schemas/digest.ts';

/**
 * Where things are in a store on disk; paths only. The version is in the path: a format 2 lives beside
 * format 1 and neither can misread the other.
 */
export interface StoreLayout {
  readonly root: string;
  readonly objects: string;
  readonly receipts: string;
  /** Half-written files, named by the process that writes them. In the objects' file system. */
  readonly temporary: string;
  /** Large objects on their way in from elsewhere: kept when that breaks off, to be gone on with. */
  readonly partial: string;
  /** Who is using the store just now: see upkeep/leases.ts. */
  readonly leases: string;
  /** What people said must be kept. */
  readonly pins: string;
  /** What `gc` has taken out of use and not yet deleted. */
  readonly condemned: string;
  /** What stages left and nobody could remove: looked at by people, and tried again by `gc`. */
  readonly leftovers: string;
  /** What was found damaged: kept for people, never read again. */
  readonly quarantine: string;
  /** Which objects were verified at which stat. A cache: may be deleted at any time. */
  readonly verified: string;
}

export function storeLayout(root: string): StoreLayout {
  return {
    root,
    objects: join(root, 'objects', 'v1'),
    receipts: join(root, 'receipts', 'v1'),
    temporary: join(root, 'tmp'),
    partial: join(root, 'partial'),
    leases: join(root, 'leases'),
    pins: join(root, 'pins', 'v1'),
    condemned: join(root, 'condemned'),
    leftovers: join(root, 'leftovers'),
    quarantine: join(root, 'quarantine'),
    verified: join(root, 'verified.v1'),
  };
}

/** `objects/v1/aa/aa…`: the file's name is the whole hash, so stock tools can check it. */
export function objectPath(layout: StoreLayout, digest: Digest): string {
  const hex = hexOf(digest);
  return `${layout.objects}/${hex.slice(0, 2)}/${hex}`;
}

/**
 * The folder of all receipts whose keys begin alike. One for each key would say the same and cost a new
 * directory, made and flushed, for every stage.
 */
export function receiptShard(layout: StoreLayout, key: Digest): string {
  return `${layout.receipts}/${hexOf(key).slice(0, 2)}`;
}

export function receiptPath(layout: StoreLayout, key: Digest, hardwareClass: Digest): string {
  return `${receiptShard(layout, key)}/${hexOf(key)}.${hexOf(hardwareClass)}.json`;
}

const HEX = /^[0-9a-f]{64}$/;

/** The digest a file or folder is named for; undefined for a name no store gave. */
export function digestOfName(name: string): Digest | undefined {
  return HEX.test(name) ? digestFromHex(name) : undefined;
}
