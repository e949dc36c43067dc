import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {objectKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {openStore} from '../open/open-store.ts';
import {openRemote} from '../remote/open-remote.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {CountingBucket} from '../testing/counting-bucket.ts';
import {describeStore} from '../testing/describe-store.ts';
import {FaultyBucket} from '../testing/faulty-bucket.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {ingestTree} from '../trees/ingest.ts';
import {materialise} from '../trees/materialise.ts';
import {missingOf} from '../trees/missing-of.ts';
import {openTiered, type TierConfig} from './open-tiered.ts';

describeStore('a local store before a remote one', async () => (await tiered()).store);

describe('two machines with one bucket', () => {
  it('compute a stage once: the second finds the result, and takes its bytes only when it needs them', async () => {
    const {bucket, counting, receipt, tree} = await computed();
    const b = await tiered({bucket: counting});
    counting.forget();
    const {receipts} = await b.store.receipts.lookup(receipt.key);
    expect(receipts).toEqual([receipt]);
    expect(await missingOf(b.store.artifacts, Object.values(receipt.outputs))).toEqual(new Set());
    expect(counting.total).toBeLessThanOrEqual(6);
    expect((await b.local.artifacts.missing([tree.digest])).size).toBe(1);
    await b.store.receipts.lookup(receipt.key);
    await missingOf(b.store.artifacts, Object.values(receipt.outputs));
    expect(counting.total).toBeLessThanOrEqual(6);

    const destination = join(temporaryDirectory(), 'inputs');
    await materialise(b.store.artifacts, tree, destination, {link: true});
    expect(readFileSync(join(destination, 'f0'), 'utf8')).toBe('file 0');
    expect(await missingOf(b.local.artifacts, [tree])).toEqual(new Set());
    expect(await bucket.size(objectKey(tree.digest))).toBeGreaterThan(0);
  });

  it('are told when they do not agree; the first result stands', async () => {
    const bucket = new MemoryBucket();
    const [a, b] = [await tiered({bucket}), await tiered({bucket})];
    const first = aReceipt({model: await a.store.artifacts.write(Buffer.from('these bits'))});
    const second = aReceipt({model: await b.store.artifacts.write(Buffer.from('other bits'))});
    await a.store.receipts.put(first);
    await a.store.finishUploads();
    expect(await b.store.receipts.put(second)).toMatchObject({state: 'stored'});
    const report = await b.store.finishUploads();
    expect(report).toMatchObject({uploaded: 0, present: 0, failed: []});
    expect(report.findings).toEqual([
      {state: 'nondeterminism', stored: first, offered: second, differing: ['outputs.model']},
    ]);
    expect((await a.store.receipts.lookup(first.key)).receipts).toEqual([first]);
  });

  it('never write to a bucket that is only to be read', async () => {
    const bucket = new CountingBucket(new MemoryBucket());
    const {store} = await tiered({bucket, access: 'read-only'});
    await store.receipts.put(aReceipt({model: await store.artifacts.write(Buffer.from('x'))}));
    expect(await store.finishUploads()).toEqual({
      uploaded: 0,
      bytes: 0,
      present: 0,
      failed: [],
      findings: [],
    });
    expect(bucket.requests.put).toBe(0);
  });
});

describe('a remote store in trouble', () => {
  it('that does not answer is asked once, and missed by nobody who can do without it', async () => {
    const faulty = new FaultyBucket(new MemoryBucket(), () => 'gone');
    const {store, warnings} = await tiered({bucket: faulty});
    for (const kind of ['a', 'b', 'c']) {
      expect(await store.receipts.lookup(aReceipt({}, {kind}).key)).toEqual({receipts: [], damaged: []});
    }
    expect([...faulty.injected]).toEqual([['gone', 1]]);
    expect(warnings).toEqual(["memory can't be read, the run goes on without it: memory: no answer"]);
    const receipt = aReceipt({model: await store.artifacts.write(Buffer.from('x'))});
    expect(await store.receipts.put(receipt)).toMatchObject({state: 'stored'});
    expect((await store.finishUploads()).failed).toEqual([{key: receipt.key, why: 'memory: no answer'}]);
  });

  it('that has a manifest damaged: it is named, counts as missing, and is mended by the next result', async () => {
    const {bucket, receipt, tree, a} = await computed();
    await bucket.put(objectKey(tree.digest), Buffer.from('rot'), {ifAbsent: false});
    const b = await tiered({bucket});
    expect((await b.store.receipts.lookup(receipt.key)).receipts).toHaveLength(1);
    expect(await missingOf(b.store.artifacts, [tree])).toEqual(new Set([tree.digest]));
    expect(b.warnings).toHaveLength(1);
    expect(b.warnings[0]).toMatch(/^damaged in memory, and not used: memory\/objects\/v1\//);
    // So the stage runs, gives the same bits, and they go where the damaged ones are.
    const made = await ingestTree(b.store.artifacts, a.folder, {mode: 'copy'});
    expect(made).toEqual({ok: true, value: tree});
    await b.store.receipts.put(receipt);
    expect(await b.store.finishUploads()).toMatchObject({present: 1, failed: []});
    expect(await missingOf(openRemote(bucket).artifacts, [tree])).toEqual(new Set());
    const next = await tiered({bucket});
    expect(await missingOf(next.store.artifacts, [tree])).toEqual(new Set());
  });

  it('whose bytes are damaged only where they are needed fails that stage once, not for ever', async () => {
    const {bucket, tree} = await computed();
    for await (const {key, size} of bucket.list('packs/v1/'))
      await bucket.put(key, Buffer.alloc(size), {ifAbsent: false});
    const directory = temporaryDirectory();
    const b = await tiered({bucket, directory});
    expect(await missingOf(b.store.artifacts, [tree])).toEqual(new Set());
    const laying = materialise(b.store.artifacts, tree, join(temporaryDirectory(), 'x'), {link: true});
    await expect(laying).rejects.toMatchObject({code: 'corrupt'});
    await b.local.close();
    const again = await tiered({bucket, directory});
    expect((await missingOf(again.store.artifacts, [tree])).size).toBe(3);
  });
});

/** Machine A has computed a tree of three files, and its bucket has it. */
async function computed() {
  const bucket = new MemoryBucket();
  const counting = new CountingBucket(bucket);
  const a = {...(await tiered({bucket: counting})), folder: temporaryDirectory()};
  mkdirSync(join(a.folder, 'empty'));
  for (let i = 0; i < 3; i++) writeFileSync(join(a.folder, `f${i}`), `file ${i}`);
  const model = await ingestTree(a.store.artifacts, a.folder, {mode: 'copy'});
  if (!model.ok) throw new Error('expected a tree');
  const tree: TreeArtifact = model.value;
  const receipt = aReceipt({model: tree});
  await a.store.receipts.put(receipt);
  expect(await a.store.finishUploads()).toMatchObject({uploaded: 1, present: 0, failed: [], findings: []});
  return {bucket, counting, receipt, tree, a};
}

async function tiered({
  bucket = new MemoryBucket(),
  directory = temporaryDirectory(),
  access = 'read-write',
}: {
  readonly bucket?: ConstructorParameters<typeof CountingBucket>[0];
  readonly directory?: string;
  readonly access?: TierConfig['access'];
} = {}) {
  const local: OpenStore = await openStore({directory, owner: 'boot.1.2'});
  const warnings: string[] = [];
  const store = openTiered({local, remote: openRemote(bucket), access, warn: (text) => warnings.push(text)});
  return {store, local, warnings};
}
