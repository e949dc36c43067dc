import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath, receiptPath} from '../layout.ts';
import {openStore} from '../open/open-store.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {ingestTree} from '../trees/ingest.ts';
import {exitSum, type Finding, type VerifyStoreOptions, verifyStore} from './verify.ts';

interface Fixture {
  readonly store: OpenStore;
  readonly receipt: Receipt;
  readonly tree: TreeArtifact;
  readonly blob: Digest;
  readonly file: Digest;
}

/** Each way a store can be damaged, what verify must say, and the exit code's sum. */
const DAMAGES: Readonly<Record<string, readonly [(f: Fixture) => void, (f: Fixture) => object[], number]>> = {
  none: [() => undefined, () => [], 0],
  'a flipped bit': [
    ({store, blob}) => flipBit(objectPath(store.layout, blob)),
    ({blob}) => [
      {kind: 'corrupt', what: 'object', digest: blob},
      {kind: 'missing', what: 'bytes', digest: blob, as: 'outputs.rollouts'},
    ],
    3,
  ],
  'a missing blob': [
    ({store, blob}) => unlinkSync(objectPath(store.layout, blob)),
    ({blob}) => [{kind: 'missing', what: 'bytes', digest: blob, as: 'outputs.rollouts'}],
    2,
  ],
  'a missing file of a tree': [
    ({store, file}) => unlinkSync(objectPath(store.layout, file)),
    ({file}) => [{kind: 'missing', what: 'bytes', digest: file, as: 'outputs.model/weights/0'}],
    2,
  ],
  'a truncated manifest': [
    ({store, tree}) => truncate(objectPath(store.layout, tree.digest), 40),
    ({tree}) => [
      {kind: 'corrupt', what: 'object', digest: tree.digest},
      {kind: 'missing', what: 'bytes', digest: tree.digest, as: 'outputs.model'},
    ],
    3,
  ],
  'a torn receipt': [
    ({store, receipt}) => truncate(receiptPath(store.layout, receipt.key, receipt.hardware.digest), 100),
    () => [{kind: 'corrupt', what: 'receipt', why: 'not a JSON document in UTF-8'}],
    1,
  ],
  'a stranger among the objects': [
    ({store}) => writeFileSync(join(store.layout.objects, 'note.txt'), ''),
    () => [{kind: 'other', what: 'stray', why: 'not a directory'}],
    4,
  ],
  'an object under another name': [
    ({store, blob}) => {
      mkdirSync(join(store.layout.objects, '00'));
      const path = objectPath(store.layout, blob);
      execFileSync('cp', [path, join(store.layout.objects, '00', blob.slice(7))]);
    },
    () => [{kind: 'other', what: 'stray', why: 'not named for a digest'}],
    4,
  ],
  'a FIFO where an object was': [
    ({store, blob}) => {
      unlinkSync(objectPath(store.layout, blob));
      execFileSync('mkfifo', [objectPath(store.layout, blob)]);
    },
    () => [{kind: 'other', what: 'stray'}],
    4,
  ],
};

describe('verify names', () => {
  for (const [what, [damage, expected, exit]] of Object.entries(DAMAGES)) {
    it(what, async () => {
      const fixture = await aStore();
      damage(fixture);
      const findings = await verify(fixture.store);
      expect(findings).toMatchObject(expected(fixture));
      expect(findings).toHaveLength(expected(fixture).length);
      expect(exitSum(findings)).toBe(exit);
    });
  }

  it('a receipt whose tree is no tree', async () => {
    const {store} = await aStore();
    const {digest} = await store.artifacts.write(Buffer.from('not a manifest'));
    await store.receipts.put(aReceipt({model: {type: 'tree', digest, size: 0, files: 0}}, {kind: 'forged'}));
    expect(await verify(store)).toMatchObject([{kind: 'corrupt', what: 'manifest', digest}]);
  });

  it('every flipped bit of every object (one bit in each of 200 stores would do; here each byte of one)', async () => {
    const {store, tree} = await aStore();
    const path = objectPath(store.layout, tree.digest);
    const whole = readFileSync(path);
    chmodSync(path, 0o644);
    let found = 0;
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, damaged);
      found += (await verify(store)).some((each) => each.kind === 'corrupt') ? 1 : 0;
    }
    expect(found).toBe(whole.length);
  });
});

describe('repair', () => {
  it('leaves a store in which nothing wrong can be used, and the stage can run again', async () => {
    const {store, blob, receipt} = await aStore();
    flipBit(objectPath(store.layout, blob));
    await verify(store, {repair: true});
    expect(await verify(store)).toEqual([]);
    expect(readdirSync(store.layout.quarantine)).toHaveLength(2);
    expect(await store.receipts.lookup(receipt.key)).toEqual({receipts: [], damaged: []});
    await store.artifacts.write(Buffer.from('rollouts'));
    expect(await store.receipts.put(receipt)).toMatchObject({state: 'stored'});
    expect(await verify(store)).toEqual([]);
  });
});

async function verify(store: OpenStore, options?: VerifyStoreOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verifyStore(store, options)) findings.push(finding);
  return findings;
}

async function aStore(): Promise<Fixture> {
  const store = await openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'weights'));
  for (const shard of [0, 1, 2]) writeFileSync(join(folder, `weights/${shard}`), `shard ${shard}`);
  const tree = await ingestTree(store.artifacts, folder, {mode: 'copy'});
  if (!tree.ok) throw new Error(tree.error.code);
  const rollouts = await store.artifacts.write(Buffer.from('rollouts'));
  const receipt = aReceipt({model: tree.value, rollouts});
  await store.receipts.put(receipt);
  return {store, receipt, tree: tree.value, blob: rollouts.digest, file: digestOfBytes('shard 0')};
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

function truncate(path: string, length: number): void {
  chmodSync(path, 0o644);
  truncateSync(path, length);
}
