import {createHash} from 'node:crypto';
import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {ListableBucket, Listed} from '../bucket/bucket.ts';
import {packKey} from '../bucket/bucket-layout.ts';
import {digestOfBytes, finish} from '../hashing.ts';
import {LIMITS} from '../path-rules.ts';
import {asStore} from '../remote/bucket-trouble.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {type Pack, packsOf} from '../remote/packs.ts';
import {canList} from '../remote/presence.ts';
import {steadyBytes} from '../remote/resumed-bytes.ts';
import {StoreError} from '../store-error.ts';
import {parseManifest} from '../trees/parse-manifest.ts';
import {checkReceipt} from './check-receipt.ts';
import {DigestSet} from './digest-set.ts';
import type {Finding} from './finding.ts';

export interface VerifyBucketOptions {
  /** Sends the right bytes again, of an object or of a whole pack, and says whether it could. */
  readonly heal?: (damaged: Damaged) => Promise<boolean>;
}

export type Damaged =
  | {readonly kind: 'object'; readonly digest: Digest}
  | {readonly kind: 'pack'; readonly pack: Pack};

/**
 * Reads everything in a bucket and hashes it: objects, the packs of every tree that is there, receipts; then whether
 * what receipts name is there. One object at a time goes by; nothing is held but manifests.
 */
export async function* verifyBucket(
  remote: RemoteStore,
  {heal = async () => false}: VerifyBucketOptions = {},
): AsyncGenerator<Finding, void> {
  const {bucket, artifacts, receipts} = remote;
  if (!canList(bucket)) throw new StoreError('denied', bucket.name, `${bucket.name} can't be listed`);
  const corrupt = new Set<Digest>();
  const packs = new DigestSet();
  for await (const listed of listedIn(bucket, 'objects/v1/')) {
    const checked = await checkListed(bucket, listed);
    if ('finding' in checked) {
      const {finding} = checked;
      const isObject = finding.kind === 'corrupt' && finding.what === 'object';
      const healed = isObject && (await heal({kind: 'object', digest: finding.digest}));
      if (isObject && !healed) corrupt.add(finding.digest);
      yield healed ? {...finding, healed: true} : finding;
    }
    for (const pack of 'packs' in checked ? checked.packs : []) {
      if (packs.add(pack.digest)) yield* checkPack(bucket, pack, corrupt, heal);
    }
  }
  for await (const found of receipts.all()) {
    if (found.state === 'damaged') yield {kind: 'corrupt', what: 'receipt', file: found.file, why: found.why};
    else yield* await checkReceipt(artifacts, corrupt, found.receipt);
  }
}

type Checked = {readonly finding: Finding} | {readonly packs: readonly Pack[]};

const NAME = /^objects\/v1\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/;

async function checkListed(bucket: ListableBucket, {key, size}: Listed): Promise<Checked> {
  const [, , hex] = NAME.exec(key) ?? [];
  if (hex === undefined) {
    return {finding: {kind: 'other', what: 'stray', file: key, why: 'not named for a digest'}};
  }
  const digest = digestFromHex(hex);
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  let isTree: boolean | undefined;
  const claim = {digest, key, from: 0, to: undefined, most: size, objectSize: size};
  await asStore(digest, async () => {
    for await (const chunk of steadyBytes(bucket, claim)) {
      hash.update(chunk);
      isTree ??= size <= LIMITS.manifestBytes && Buffer.from(chunk.subarray(0, TREE.length)).equals(TREE);
      if (isTree) kept.push(Uint8Array.from(chunk));
    }
  });
  const actual = finish(hash);
  if (actual !== digest) return {finding: {kind: 'corrupt', what: 'object', digest, actual, file: key}};
  const manifest = isTree ? parseManifest(Buffer.concat(kept)) : undefined;
  return {packs: manifest?.ok ? packsOf(manifest.value).packs : []};
}

const TREE = Buffer.from('{"entries":[');

/** A pack that is not there is told by the receipts that need it: its files may be there by themselves. */
async function* checkPack(
  bucket: ListableBucket,
  pack: Pack,
  corrupt: Set<Digest>,
  heal: NonNullable<VerifyBucketOptions['heal']>,
): AsyncGenerator<Finding, void> {
  const key = packKey(pack.digest);
  const bytes = await packBytes(bucket, pack);
  if (bytes === undefined) return;
  const wrong = pack.members
    .map(({digest, offset, size}) => ({digest, actual: digestOfBytes(bytes.subarray(offset, offset + size))}))
    .filter(({digest, actual}) => digest !== actual);
  const healed = wrong.length > 0 && (await heal({kind: 'pack', pack}));
  for (const {digest, actual} of wrong) {
    if (!healed) corrupt.add(digest);
    const finding = {kind: 'corrupt', what: 'object', digest, actual, file: key} as const;
    yield healed ? {...finding, healed} : finding;
  }
}

/** Undefined when there is none; shorter than it should be when that is what is there. */
async function packBytes(bucket: ListableBucket, pack: Pack): Promise<Uint8Array | undefined> {
  const key = packKey(pack.digest);
  const claim = {digest: pack.digest, key, from: 0, to: undefined, most: pack.size, objectSize: undefined};
  const chunks: Uint8Array[] = [];
  try {
    await asStore(pack.digest, async () => {
      for await (const chunk of steadyBytes(bucket, claim)) chunks.push(Uint8Array.from(chunk));
    });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'missing') return undefined;
    if (!(error instanceof StoreError) || error.code !== 'malformed') throw error;
  }
  return Buffer.concat(chunks);
}

async function* listedIn(bucket: ListableBucket, prefix: string): AsyncGenerator<Listed> {
  const keys = bucket.list(prefix)[Symbol.asyncIterator]();
  for (;;) {
    const next = await asStore(prefix, () => keys.next());
    if (next.done === true) return;
    yield next.value;
  }
}
