import {unlinkSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {objectKey, packKey, receiptKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {openStore} from '../open/open-store.ts';
import {openRemote, type RemoteStore} from '../remote/open-remote.ts';
import {packsOf} from '../remote/packs.ts';
import {pushArtifacts} from '../remote/push.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {encodeManifest, manifestOf, treeOf} from '../trees/manifest.ts';
import {exitSum, type Finding} from './finding.ts';
import {healerFrom, healRemote} from './heal.ts';
import {verifyStore} from './verify.ts';
import {type VerifyBucketOptions, verifyBucket} from './verify-bucket.ts';

const MANIFEST = manifestOf(
  ['a', 'b', 'c'].map((path) => ({
    path,
    size: 8,
    executable: false,
    digest: digestOfBytes(`content${path}`),
  })),
);
const TREE = treeOf(MANIFEST);
const [PACK] = packsOf(MANIFEST).packs;
const BLOB = digestOfBytes('a blob');
const PACK_KEY = packKey(PACK?.digest ?? BLOB);
const B = MANIFEST.entries[1]?.digest ?? BLOB;

describe('verifying a bucket', () => {
  it('finds nothing in a sound one', async () => {
    const {remote} = await pushed();
    expect(await findings(remote)).toEqual([]);
  });

  const damages: Readonly<Record<string, readonly [key: string, bytes: string | undefined, sum: number]>> = {
    'a flipped bit in an object': [objectKey(BLOB), 'a blbb', 3],
    'a missing object': [objectKey(BLOB), undefined, 2],
    'a flipped bit in a pack': [PACK_KEY, 'contentacontentxcontentc', 3],
    'a pack that ends early': [PACK_KEY, 'contenta', 3],
    'a missing pack': [PACK_KEY, undefined, 2],
    'a manifest that is cut': [objectKey(TREE.digest), '{"entries":[', 3],
    'a stray': ['objects/v1/aa/readme', 'hello', 4],
    'a torn receipt': [receiptKeyOf(), '{', 1],
  };
  for (const [name, [key, bytes, sum]] of Object.entries(damages)) {
    it(`names ${name}, and mends what the other store has`, async () => {
      const {bucket, remote, local} = await pushed();
      if (bytes === undefined) await bucket.remove([key]);
      else await bucket.put(key, Buffer.from(bytes), {ifAbsent: false});
      const found = await findings(openRemote(bucket));
      expect(exitSum(found)).toBe(sum);
      if ((sum & 1) === 0 || name.includes('receipt')) return;
      const mended = await findings(remote, {heal: (damaged) => healRemote(remote, local, damaged)});
      expect(mended.every((finding) => 'healed' in finding)).toBe(true);
      expect(await findings(openRemote(bucket))).toEqual([]);
    });
  }
});

describe('repairing a local store from the remote one', () => {
  it('brings back what was damaged and what was lost, and keeps the receipts', async () => {
    const {remote, local} = await pushed();
    unlinkSync(objectPath(local.layout, BLOB));
    unlinkSync(objectPath(local.layout, TREE.digest));
    unlinkSync(objectPath(local.layout, B));
    const healer = healerFrom(remote, local);
    const found: Finding[] = [];
    for await (const finding of verifyStore(local, {repair: true, healer})) found.push(finding);
    expect(found.map((finding) => ['as' in finding && finding.as, 'healed' in finding])).toEqual([
      ['outputs.blob', true],
      ['outputs.model', true],
      ['outputs.model/b', true],
    ]);
    const again: Finding[] = [];
    for await (const finding of verifyStore(local)) again.push(finding);
    expect(again).toEqual([]);
  });
});

async function pushed() {
  const bucket = new MemoryBucket();
  const remote = openRemote(bucket);
  const local = await openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
  await fill(local);
  await local.receipts.put(receipt());
  await pushArtifacts(remote, local, [], {receipts: [receipt()]});
  return {bucket, remote, local};
}

async function fill({artifacts}: OpenStore): Promise<void> {
  for (const path of ['a', 'b', 'c']) await artifacts.write(Buffer.from(`content${path}`));
  await artifacts.write(encodeManifest(MANIFEST));
  await artifacts.write(Buffer.from('a blob'));
}

function receipt() {
  return aReceipt({blob: {type: 'blob', digest: BLOB, size: 6}, model: TREE});
}

function receiptKeyOf(): string {
  return receiptKey(receipt().key, receipt().hardware.digest);
}

async function findings(remote: RemoteStore, options: VerifyBucketOptions = {}): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for await (const finding of verifyBucket(remote, options)) found.push(finding);
  return found;
}
