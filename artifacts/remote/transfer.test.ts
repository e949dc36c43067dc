import {closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Artifact, TreeManifest} from '../../schemas/artifact.ts';
import {hexOf} from '../../schemas/digest.ts';
import {objectKey, packKey, receiptKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {openStore} from '../open/open-store.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {CountingBucket} from '../testing/counting-bucket.ts';
import {drawnBytes} from '../testing/drawn-bytes.ts';
import {type Fault, FaultyBucket} from '../testing/faulty-bucket.ts';
import {PhantomBucket} from '../testing/phantom-bucket.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {encodeManifest, treeOf} from '../trees/manifest.ts';
import {openRemote} from './open-remote.ts';
import {packsOf} from './packs.ts';
import {pullArtifacts} from './pull.ts';
import {pushArtifacts} from './push.ts';
import type {TransferProgress} from './transfer.ts';

describe('a push with nothing to send', () => {
  it('of 100,000 small files takes a handful of requests', async () => {
    const {local, tree, counting} = await there(manifestOf(100_000, 40));
    expect(await pushArtifacts(openRemote(counting), local, [tree])).toMatchObject({sent: 0, bytes: 0});
    expect(counting.requests).toEqual({size: 1, get: 0, put: 0, list: 1, remove: 0});
  });

  it('of 100,000 large files takes one request for each thousand', async () => {
    const {local, tree, counting} = await there(manifestOf(100_000, 200_000));
    expect(await pushArtifacts(openRemote(counting), local, [tree])).toMatchObject({
      sent: 0,
      present: 100_001,
    });
    expect(counting.total).toBeLessThanOrEqual(102);
  });

  it('never takes more requests than it has things to ask for, however much else is in the bucket', async () => {
    const manifest = manifestOf(300, 200_000);
    const {local, tree, counting, bucket} = await there(manifest);
    for (let i = 0; i < 200_000; i++) bucket.add(objectKey(digestOfBytes(`other ${i}`)), 1);
    await pushArtifacts(openRemote(counting), local, [tree]);
    expect(counting.total).toBeLessThanOrEqual(302);
    const few = await there(manifestOf(3, 200_000));
    await pushArtifacts(openRemote(few.counting), few.local, [few.tree]);
    expect(few.counting.requests).toMatchObject({size: 4, list: 0});
  });
});

describe('a push', () => {
  it('sends what is lacking, what is named before what names it, and tells how far it is', async () => {
    const {local, order, remote} = await recorded();
    const large = await local.artifacts.write(drawnBytes(3 * 2 ** 20));
    const receipt = aReceipt({model: large});
    const told: TransferProgress[] = [];
    const {bytes, ...pushed} = await pushArtifacts(remote, local, [], {
      receipts: [receipt],
      onProgress: (progress) => told.push(progress),
    });
    expect(bytes).toBe(3 * 2 ** 20);
    expect(pushed).toMatchObject({sent: 1, present: 0, receipts: [{state: 'stored'}]});
    expect(order).toEqual([objectKey(large.digest), receiptKey(receipt.key, receipt.hardware.digest)]);
    expect(told.at(-1)).toEqual({done: 2, total: 2, bytes: 3 * 2 ** 20, totalBytes: 3 * 2 ** 20});
  });

  it('writes packs, then the manifest', async () => {
    const {local, order, remote} = await recorded();
    const tree = await smallTree(local);
    await pushArtifacts(remote, local, [tree]);
    expect(order.map((key) => key.split('/')[0])).toEqual(['packs', 'objects']);
    expect(order[1]).toBe(objectKey(tree.digest));
  });

  it('ends when it is told to, and the next one goes on', async () => {
    const {local, order, remote} = await recorded();
    const blobs = [];
    for (let i = 0; i < 30; i++) blobs.push(await local.artifacts.write(Buffer.from(`blob ${i}`)));
    const stop = new AbortController();
    const pushing = pushArtifacts(remote, local, blobs, {
      signal: stop.signal,
      onProgress: ({done}) => done === 10 && stop.abort(),
    });
    await expect(pushing).rejects.toThrow(/abort/);
    expect(order.length).toBeLessThan(20);
    const {sent, present} = await pushArtifacts(remote, local, blobs);
    expect([sent + present, new Set(order).size]).toEqual([30, 30]);
    expect(order.length).toBe(30);
  });

  it('sends nothing that is damaged here, sets it aside and names it', async () => {
    for (const size of [100, 3 * 2 ** 20]) {
      const {local, bucket, remote} = await recorded();
      const blob = await local.artifacts.write(drawnBytes(size));
      damage(objectPath(local.layout, blob.digest));
      await expect(pushArtifacts(remote, local, [blob])).rejects.toMatchObject({
        code: 'corrupt',
        subject: blob.digest,
      });
      expect(await bucket.size(objectKey(blob.digest))).toBe(undefined);
      expect(readdirSync(local.layout.quarantine)).toHaveLength(1);
    }
  });

  it('finds its own receipt after an answer was lost, and another’s when it differs', async () => {
    const local = await disk();
    const bucket = new MemoryBucket();
    const faulty = new FaultyBucket(bucket, (call) => (call === 'put' ? 'lost-answer' : undefined));
    const remote = openRemote(faulty);
    const first = aReceipt({model: await local.artifacts.write(Buffer.from('one'))});
    const [told] = (await pushArtifacts(remote, local, [], {receipts: [first]})).receipts;
    expect(told).toEqual({state: 'present', receipt: first});
    expect(faulty.injected.get('lost-answer')).toBe(2);
    const second = aReceipt({model: await local.artifacts.write(Buffer.from('two'))});
    const [other] = (await pushArtifacts(remote, local, [], {receipts: [second]})).receipts;
    expect(other).toEqual({
      state: 'nondeterminism',
      stored: first,
      offered: second,
      differing: ['outputs.model'],
    });
  });

  it('leaves a damaged receipt where it is, and says so', async () => {
    const {local, bucket, remote} = await recorded();
    const receipt = aReceipt({model: await local.artifacts.write(Buffer.from('one'))});
    const key = receiptKey(receipt.key, receipt.hardware.digest);
    await bucket.put(key, Buffer.from('{'), {ifAbsent: false});
    await expect(pushArtifacts(remote, local, [], {receipts: [receipt]})).rejects.toMatchObject({
      code: 'corrupt',
    });
    expect(await remote.receipts.lookup(receipt.key)).toEqual({
      receipts: [],
      damaged: [{file: `memory/${key}`, why: 'not a JSON document in UTF-8'}],
    });
    expect(await bucket.size(key)).toBe(1);
  });
});

describe('a pull of something large', () => {
  const bytes = drawnBytes(40 * 2 ** 20);
  const blob: Artifact = {type: 'blob', digest: digestOfBytes(bytes), size: bytes.length};

  it('goes on where another process left off', async () => {
    const {remote, counting, local} = await half(blob, bytes);
    expect(readdirSync(local.layout.partial)).toEqual([hexOf(blob.digest)]);
    counting.forget();
    const next = await openStore({directory: local.layout.root, owner: 'boot.2.3'});
    expect(await pullArtifacts(remote, next, [blob])).toMatchObject({fetched: 1, troubles: []});
    expect(counting.bytes).toBeLessThan(bytes.length - 2 ** 20);
    expect(readdirSync(local.layout.partial)).toEqual([]);
    expect(readdirSync(local.layout.temporary)).toEqual([]);
    await expect(readAll(next, blob)).resolves.toBe(bytes.length);
  });

  it('begins anew when what was left is not what it was', async () => {
    const {remote, local} = await half(blob, bytes);
    damage(join(local.layout.partial, hexOf(blob.digest)));
    expect(await pullArtifacts(remote, local, [blob])).toMatchObject({fetched: 1, troubles: []});
    await expect(readAll(local, blob)).resolves.toBe(bytes.length);
  });

  it('tells damage there from damage on the way', async () => {
    const {bucket, remote, local} = await half(blob, bytes);
    const wrong = Buffer.from(bytes);
    wrong[39 * 2 ** 20] = (wrong[39 * 2 ** 20] ?? 0) ^ 1;
    await bucket.put(objectKey(blob.digest), wrong, {ifAbsent: false});
    const {troubles} = await pullArtifacts(remote, local, [blob]);
    expect(troubles).toMatchObject([{code: 'corrupt', subject: blob.digest}]);
    expect(await local.artifacts.missing([blob.digest])).toEqual(new Set([blob.digest]));
    expect(existsSync(objectPath(local.layout, blob.digest))).toBe(false);
  });
});

/** A pull of which the connection went away in the middle. */
async function half(blob: Artifact, bytes: Buffer) {
  const bucket = new MemoryBucket();
  await bucket.put(objectKey(blob.digest), bytes, {ifAbsent: false});
  const faults: (Fault | undefined)[] = [undefined, undefined, 'gone'];
  const faulty = new FaultyBucket(bucket, (call) => (call === 'get' ? faults.shift() : undefined));
  const counting = new CountingBucket(faulty);
  const remote = openRemote(counting);
  const local = await disk();
  await expect(pullArtifacts(remote, local, [blob])).rejects.toMatchObject({code: 'unavailable'});
  expect(faulty.injected).toEqual(new Map([['gone', 1]]));
  return {bucket, remote, counting, local};
}

/** A tree of files that are nowhere, in a bucket that has all that a push would look for. */
async function there(manifest: TreeManifest) {
  const local = await disk();
  const bytes = encodeManifest(manifest);
  const tree = treeOf(manifest);
  await local.artifacts.write(bytes);
  const bucket = new PhantomBucket();
  const {packs, loose} = packsOf(manifest);
  bucket.add(objectKey(tree.digest), bytes.length);
  for (const {digest, size} of packs) bucket.add(packKey(digest), size);
  for (const {digest, size} of loose) bucket.add(objectKey(digest), size);
  return {local, tree, bucket, counting: new CountingBucket(bucket)};
}

function manifestOf(files: number, size: number): TreeManifest {
  const entries = Array.from({length: files}, (_, at) => ({
    path: `part-${String(at).padStart(6, '0')}`,
    size,
    executable: false,
    digest: digestOfBytes(`content ${at}`),
  }));
  return {tree: 1, entries};
}

async function recorded() {
  const bucket = new MemoryBucket();
  const order: string[] = [];
  const recording = new FaultyBucket(bucket, (call, key) => {
    if (call === 'put') order.push(key);
    return undefined;
  });
  return {local: await disk(), bucket, order, remote: openRemote(recording)};
}

async function smallTree(local: OpenStore) {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'x'));
  for (let i = 0; i < 5; i++) writeFileSync(join(folder, 'x', `f${i}`), `small ${i}`);
  const {ingestTree} = await import('../trees/ingest.ts');
  const tree = await ingestTree(local.artifacts, folder, {mode: 'copy'});
  if (!tree.ok) throw new Error('expected a tree');
  return tree.value;
}

function damage(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, 'damage', 10);
  closeSync(descriptor);
}

async function readAll({artifacts}: OpenStore, {digest}: Artifact): Promise<number> {
  let length = 0;
  for await (const chunk of artifacts.stream(digest)) length += chunk.length;
  return length;
}

function disk(): Promise<OpenStore> {
  return openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
}
