import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {objectKey, packKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {openStore} from '../open/open-store.ts';
import {CountingBucket} from '../testing/counting-bucket.ts';
import {type Fault, FaultyBucket} from '../testing/faulty-bucket.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {ingestTree} from '../trees/ingest.ts';
import {materialise, readManifest} from '../trees/materialise.ts';
import {missingOf} from '../trees/missing-of.ts';
import {openRemote} from './open-remote.ts';
import {packsOf} from './packs.ts';
import {pullArtifacts} from './pull.ts';
import {pushArtifacts} from './push.ts';

const BYTES = Buffer.from('0123456789'.repeat(1000));
const DIGEST = digestOfBytes(BYTES);

describe('reading from a bad connection', () => {
  for (const fault of ['break', 'cut', 'flip'] as const) {
    it(`gives the right bytes after: ${fault}`, async () => {
      const {remote, faulty} = await withFaults([fault], BYTES);
      expect(Buffer.from(await remote.artifacts.read(DIGEST)).equals(BYTES)).toBe(true);
      expect(faulty.injected).toEqual(new Map([[fault, 1]]));
    });
  }

  it('takes no more than it was told there is', async () => {
    const {remote} = await withFaults(['flood'], BYTES);
    await expect(remote.artifacts.read(DIGEST)).rejects.toMatchObject({code: 'corrupt', subject: DIGEST});
  });

  it('goes on from where it was, and asks for no byte twice', async () => {
    const {remote, counting} = await withFaults(['break', 'cut', 'break', undefined], BYTES);
    let length = 0;
    for await (const chunk of remote.artifacts.stream(DIGEST)) length += chunk.length;
    expect(length).toBe(BYTES.length);
    expect(counting.requests.get).toBe(4);
  });

  it('never gives the last of wrong bytes away', async () => {
    const {remote} = await withFaults(['flip'], BYTES);
    let length = 0;
    const reading = (async () => {
      for await (const chunk of remote.artifacts.stream(DIGEST)) length += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({code: 'corrupt', subject: DIGEST});
    expect(length).toBeLessThan(BYTES.length);
  });

  it('gives up on a server that never comes back, and on one that lies every time', async () => {
    const busy = await withFaults(['busy'], BYTES);
    await expect(busy.remote.artifacts.read(DIGEST)).rejects.toMatchObject({code: 'unavailable'});
    const wrong = await withFaults(
      Array.from({length: 20}, () => 'flip' as const),
      BYTES,
    );
    await expect(wrong.remote.artifacts.read(DIGEST)).rejects.toMatchObject({code: 'corrupt'});
  });
});

describe('a stranger’s bucket', () => {
  it('is not read further than was agreed', async () => {
    const {bucket, counting, remote} = memory();
    const claimed = digestOfBytes('never');
    await bucket.put(objectKey(claimed), Buffer.alloc(2 ** 20), {ifAbsent: false});
    counting.forget();
    await expect(remote.artifacts.read(claimed, 1000)).rejects.toMatchObject({code: 'malformed'});
    expect(counting.bytes).toBeLessThan(1000);
  });

  it('gives a file from its own object when its pack is gone or wrong, and from a pack when it is not alone', async () => {
    const {bucket, remote, local} = {...memory(), local: await disk()};
    const {tree, files} = await aTree(local);
    await pushArtifacts(remote, local, [tree]);
    const [pack] = packsOf(await readManifest(local.artifacts, tree)).packs;
    if (pack === undefined) throw new Error('expected a pack');
    const wrong = Buffer.alloc(pack.size);
    await bucket.put(packKey(pack.digest), wrong, {ifAbsent: false});
    const [file] = files;
    if (file === undefined) throw new Error('expected a file');
    await bucket.put(objectKey(file.digest), file.bytes, {ifAbsent: false});
    const reader = openRemote(bucket);
    await readManifest(reader.artifacts, tree);
    expect(Buffer.from(await reader.artifacts.read(file.digest))).toEqual(file.bytes);
    const other = files[1]?.digest ?? file.digest;
    await expect(reader.artifacts.read(other)).rejects.toMatchObject({code: 'corrupt', subject: other});
    await bucket.remove([packKey(pack.digest)]);
    await expect(reader.artifacts.read(other)).rejects.toMatchObject({code: 'missing'});
    expect((await missingOf(reader.artifacts, [tree])).size).toBe(files.length - 1);
  });

  it('leaves nothing behind where a file was to be laid', async () => {
    const {bucket, remote} = memory();
    const large = Buffer.alloc(3 * 2 ** 20, 'x');
    const digest = digestOfBytes(large);
    for (const bytes of [large.subarray(1), Buffer.alloc(large.length, 'y')]) {
      await bucket.put(objectKey(digest), bytes, {ifAbsent: false});
      const folder = temporaryDirectory();
      const placing = remote.artifacts.place([
        {digest, destination: join(folder, 'file'), executable: false, link: true},
      ]);
      await expect(placing).rejects.toMatchObject({code: 'corrupt'});
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

describe('a tree in a bucket', () => {
  it('is laid down out of its packs in a few requests', async () => {
    const {counting, remote, local} = {...memory(), local: await disk()};
    const {tree} = await aTree(local, 300);
    await pushArtifacts(remote, local, [tree]);
    counting.forget();
    const destination = join(temporaryDirectory(), 'tree');
    await materialise(openRemote(counting).artifacts, tree, destination, {link: true});
    expect(await ingestTree(await freshArtifacts(), destination, {mode: 'copy'})).toEqual({
      ok: true,
      value: tree,
    });
    expect(counting.total).toBeLessThan(12);
  });

  it('comes into a local store, whole, and once', async () => {
    const {counting, remote, local} = {...memory(), local: await disk()};
    const {tree} = await aTree(local, 300);
    await pushArtifacts(remote, local, [tree]);
    const there = await disk();
    expect(await pullArtifacts(remote, there, [tree])).toMatchObject({fetched: 301, troubles: []});
    expect(await missingOf(there.artifacts, [tree])).toEqual(new Set());
    expect(readdirSync(there.layout.temporary)).toEqual([]);
    counting.forget();
    expect(await pullArtifacts(remote, there, [tree])).toEqual({fetched: 0, bytes: 0, troubles: []});
    expect(counting.total).toBe(0);
  });

  it('that lacks a file is told, and its manifest does not come', async () => {
    const {bucket, remote, local} = {...memory(), local: await disk()};
    const {tree} = await aTree(local);
    await pushArtifacts(remote, local, [tree]);
    const [pack] = packsOf(await readManifest(local.artifacts, tree)).packs;
    await bucket.remove([packKey(pack?.digest ?? tree.digest)]);
    const there = await disk();
    const pulled = await pullArtifacts(remote, there, [tree]);
    expect(pulled.troubles.map(({code}) => code)).toEqual(['missing', 'missing', 'missing']);
    expect(await there.artifacts.missing([tree.digest])).toEqual(new Set([tree.digest]));
  });
});

function memory() {
  const bucket = new MemoryBucket();
  const counting = new CountingBucket(bucket);
  return {bucket, counting, remote: openRemote(counting)};
}

/** The faults happen one after another, to readings. */
async function withFaults(faults: readonly (Fault | undefined)[], bytes: Buffer) {
  const bucket = new MemoryBucket();
  await bucket.put(objectKey(digestOfBytes(bytes)), bytes, {ifAbsent: false});
  const queue = [...faults];
  const faulty = new FaultyBucket(bucket, (call) => (call === 'get' ? queue.shift() : undefined));
  const counting = new CountingBucket(faulty);
  return {remote: openRemote(counting), faulty, counting};
}

function disk(): Promise<OpenStore> {
  return openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
}

async function freshArtifacts() {
  return (await disk()).artifacts;
}

interface File {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

async function aTree(
  {artifacts}: OpenStore,
  count = 3,
): Promise<{readonly tree: TreeArtifact; readonly files: readonly File[]}> {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'sub'));
  const files = Array.from({length: count}, (_, at) => {
    const bytes = Buffer.from(`file ${at}`);
    writeFileSync(join(folder, at % 2 === 0 ? '.' : 'sub', `f${at}`), bytes);
    return {digest: digestOfBytes(bytes), bytes};
  });
  const tree = await ingestTree(artifacts, folder, {mode: 'copy'});
  if (!tree.ok) throw new Error('expected a tree');
  return {tree: tree.value, files};
}
