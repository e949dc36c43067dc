import {chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Artifact} from '../../schemas/artifact.ts';
import {digestOfBytes} from '../hashing.ts';
import type {ReceiptStore} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import {ingestBlob, ingestTree} from '../trees/ingest.ts';
import {materialise, readManifest} from '../trees/materialise.ts';
import {missingOf} from '../trees/missing-of.ts';
import {aReceipt} from './a-receipt.ts';
import {temporaryDirectory} from './temporary-directory.ts';

export interface StoreUnderTest {
  readonly artifacts: ArtifactStore;
  readonly receipts: ReceiptStore;
}

/** The contract of `ArtifactStore` and `ReceiptStore`. Every store passes it. */
export function describeStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    describe('bytes', () => bytesContract(make));
    describe('files', () => filesContract(make));
    describe('trees', () => treesContract(make));
    describe('receipts', () => receiptsContract(make));
  });
}

type Make = () => Promise<StoreUnderTest>;

const HELLO = Buffer.from('hello');
const ABSENT = digestOfBytes('never written');

function bytesContract(make: Make): void {
  it('gives back what was written, by its SHA-256', async () => {
    const {artifacts} = await make();
    const blob = await artifacts.write(HELLO);
    expect(blob).toEqual({
      type: 'blob',
      digest: 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      size: 5,
    });
    expect(Buffer.from(await artifacts.read(blob.digest))).toEqual(HELLO);
  });

  it('takes the same bytes twice, and none at all', async () => {
    const {artifacts} = await make();
    expect(await artifacts.write(HELLO)).toEqual(await artifacts.write(HELLO));
    const empty = await artifacts.write(Buffer.alloc(0));
    expect((await artifacts.read(empty.digest)).length).toBe(0);
    expect(await collect(artifacts.stream(empty.digest))).toEqual(Buffer.alloc(0));
  });

  it('keeps its bytes when the caller changes theirs', async () => {
    const {artifacts} = await make();
    const mine = Buffer.from('mine');
    const {digest} = await artifacts.write(mine);
    mine.fill(0);
    (await artifacts.read(digest)).fill(0);
    expect(Buffer.from(await artifacts.read(digest)).toString()).toBe('mine');
  });

  it('streams more than one chunk', async () => {
    const {artifacts} = await make();
    const large = Buffer.alloc(3 * 2 ** 20 + 17, 'abc');
    const {digest} = await artifacts.write(large);
    expect((await collect(artifacts.stream(digest))).equals(large)).toBe(true);
  });

  it('says which of many are missing', async () => {
    const {artifacts} = await make();
    const {digest} = await artifacts.write(HELLO);
    expect(await artifacts.missing([digest, ABSENT, ABSENT])).toEqual(new Set([ABSENT]));
    expect(await artifacts.missing([])).toEqual(new Set());
  });

  it('refuses to invent bytes, and to read more than was agreed', async () => {
    const {artifacts} = await make();
    await expect(artifacts.read(ABSENT)).rejects.toMatchObject({code: 'missing', retryable: false});
    await expect(collect(artifacts.stream(ABSENT))).rejects.toMatchObject({code: 'missing'});
    const {digest} = await artifacts.write(HELLO);
    await expect(artifacts.read(digest, 4)).rejects.toMatchObject({code: 'malformed', subject: digest});
  });

  it('takes 500 writes at a time', async () => {
    const {artifacts} = await make();
    const bytes = Array.from({length: 500}, (_, index) => Buffer.from(`number ${index % 250}`));
    const blobs = await Promise.all(bytes.map((each) => artifacts.write(each)));
    expect((await artifacts.missing(blobs.map((blob) => blob.digest))).size).toBe(0);
  });
}

function filesContract(make: Make): void {
  for (const mode of ['link', 'copy'] as const) {
    it(`adopts files (${mode}) in the order given`, async () => {
      const {artifacts} = await make();
      const folder = temporaryDirectory();
      writeFileSync(join(folder, 'one'), 'one');
      writeFileSync(join(folder, 'two'), 'two', {mode: 0o755});
      writeFileSync(join(folder, 'again'), 'one');
      linkSync(join(folder, 'again'), join(folder, 'second name'));
      const adopted = await artifacts.adopt(
        ['one', 'two', 'again'].map((file) => ({path: join(folder, file), mode})),
      );
      expect(adopted).toEqual({
        ok: true,
        value: [
          {digest: digestOfBytes('one'), size: 3, executable: false},
          {digest: digestOfBytes('two'), size: 3, executable: true},
          {digest: digestOfBytes('one'), size: 3, executable: false},
        ],
      });
      expect(Buffer.from(await artifacts.read(digestOfBytes('two'))).toString()).toBe('two');
    });
  }

  it('refuses a link, whatever it leads to, and names it', async () => {
    const {artifacts} = await make();
    const folder = temporaryDirectory();
    symlinkSync('/etc/hostname', join(folder, 'link'));
    const path = join(folder, 'link');
    expect(await artifacts.adopt([{path, mode: 'copy', name: 'out'}])).toEqual({
      ok: false,
      error: {code: 'symlink', path: 'out'},
    });
  });

  it('places bytes read-only, executables executable, and never over another file', async () => {
    const {artifacts} = await make();
    const {digest} = await artifacts.write(HELLO);
    const folder = temporaryDirectory();
    const placement = (name: string, executable: boolean) => ({
      digest,
      destination: join(folder, name),
      executable,
      link: true,
    });
    const placed = await artifacts.place([placement('plain', false), placement('tool', true)]);
    expect(placed.linked + placed.copied).toBe(2);
    expect(readFileSync(join(folder, 'plain'), 'utf8')).toBe('hello');
    expect(lstatSync(join(folder, 'plain')).mode & 0o333).toBe(0);
    expect(lstatSync(join(folder, 'tool')).mode & 0o333).toBe(0o111);
    await expect(artifacts.place([placement('plain', false)])).rejects.toMatchObject({code: 'occupied'});
    expect(await artifacts.verifyUnchanged(placed.links)).toEqual([]);
  });

  it('places nothing under a name whose bytes it lacks', async () => {
    const {artifacts} = await make();
    const destination = join(temporaryDirectory(), 'nothing');
    for (const link of [true, false]) {
      const placing = artifacts.place([{digest: ABSENT, destination, executable: false, link}]);
      await expect(placing).rejects.toMatchObject({code: 'missing', subject: ABSENT});
    }
    expect(lstatSync(destination, {throwIfNoEntry: false})).toBe(undefined);
  });
}

function treesContract(make: Make): void {
  for (const mode of ['link', 'copy'] as const) {
    it(`ingests a tree (${mode}) and lays the same one down again`, async () => {
      const {artifacts} = await make();
      const tree = await ingestTree(artifacts, aTree(), {mode});
      expect(tree).toEqual({ok: true, value: {type: 'tree', digest: TREE_DIGEST, size: 11, files: 3}});
      if (!tree.ok) return;
      expect(await missingOf(artifacts, [tree.value])).toEqual(new Set());
      const laidDown = join(temporaryDirectory(), 'laid down');
      await materialise(artifacts, tree.value, laidDown, {link: mode === 'link'});
      expect(await ingestTree(artifacts, laidDown, {mode: 'copy'})).toEqual(tree);
    });
  }

  it('ingests one file as a blob', async () => {
    const {artifacts} = await make();
    const file = join(temporaryDirectory(), 'rollouts');
    writeFileSync(file, HELLO);
    expect(await ingestBlob(artifacts, file, {mode: 'copy'})).toMatchObject({ok: true, value: {size: 5}});
    expect(await ingestBlob(artifacts, `${file}s`, {mode: 'copy'})).toEqual({
      ok: false,
      error: {code: 'absent', path: ''},
    });
  });

  it('refuses a manifest that is a stranger to the rules, and a claim that is not true', async () => {
    const {artifacts} = await make();
    const {digest} = await artifacts.write(Buffer.from('{"entries":[],"tree":2}'));
    await expect(readManifest(artifacts, digest)).rejects.toMatchObject({code: 'malformed'});
    const tree = await ingestTree(artifacts, aTree(), {mode: 'copy'});
    if (!tree.ok) throw new Error('expected a tree');
    const claim = readManifest(artifacts, {...tree.value, files: 4});
    await expect(claim).rejects.toMatchObject({code: 'malformed'});
  });

  it('lays a tree down only where nothing is', async () => {
    const {artifacts} = await make();
    const tree = await ingestTree(artifacts, aTree(), {mode: 'copy'});
    if (!tree.ok) throw new Error('expected a tree');
    const laying = materialise(artifacts, tree.value, temporaryDirectory(), {link: true});
    await expect(laying).rejects.toMatchObject({code: 'occupied'});
  });
}

/** Independent of this code: printf of the manifest, piped into sha256sum. */
const TREE_DIGEST = 'sha256:4ee3718a1145d702dcf2b31e8cc6bf2977caec19b501dfbe21243569bb4d9ed2';

function aTree(): string {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'sub', 'empty'), {recursive: true});
  writeFileSync(join(folder, 'sub', 'b.txt'), 'hello');
  writeFileSync(join(folder, 'run'), '#!', {mode: 0o755});
  writeFileSync(join(folder, 'B'), 'four');
  chmodSync(join(folder, 'B'), 0o640);
  return folder;
}

function receiptsContract(make: Make): void {
  it('finds what was put, for every hardware class, and nothing for another key', async () => {
    const {artifacts, receipts} = await make();
    const receipt = aReceipt({model: await artifacts.write(HELLO)});
    const elsewhere = aReceipt(receipt.outputs, {facts: {cpu: 'another'}});
    expect(await receipts.put(receipt)).toEqual({state: 'stored', receipt});
    expect(await receipts.put(elsewhere)).toEqual({state: 'stored', receipt: elsewhere});
    const {receipts: found, damaged} = await receipts.lookup(receipt.key);
    expect(new Set(found)).toEqual(new Set([receipt, elsewhere]));
    expect(damaged).toEqual([]);
    expect(await receipts.lookup(ABSENT)).toEqual({receipts: [], damaged: []});
    expect(await all(receipts)).toHaveLength(2);
  });

  it('keeps the first of two that agree, and reports two that differ', async () => {
    const {artifacts, receipts} = await make();
    const first = aReceipt({model: await artifacts.write(HELLO)});
    const later: typeof first = {...first, execution: {...first.execution, seconds: 99}};
    const other = aReceipt({model: await artifacts.write(Buffer.from('other'))}, {values: {temperature: 2}});
    await receipts.put(first);
    expect(await receipts.put(later)).toEqual({state: 'present', receipt: first});
    expect(await receipts.put(other)).toEqual({
      state: 'nondeterminism',
      stored: first,
      offered: other,
      differing: ['outputs.model', 'values.temperature'],
    });
    expect((await receipts.lookup(first.key)).receipts).toEqual([first]);
  });

  it('refuses a receipt for bytes it lacks, and one that contradicts itself', async () => {
    const {artifacts, receipts} = await make();
    const model: Artifact = {type: 'blob', digest: ABSENT, size: 1};
    await expect(receipts.put(aReceipt({model}))).rejects.toMatchObject({code: 'missing', subject: ABSENT});
    const receipt = aReceipt({model: await artifacts.write(HELLO)});
    const forged = {...receipt, document: {...receipt.document, seed: 43}};
    await expect(receipts.put(forged)).rejects.toMatchObject({code: 'malformed'});
  });
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function all(receipts: ReceiptStore): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const each of receipts.all()) found.push(each);
  return found;
}
