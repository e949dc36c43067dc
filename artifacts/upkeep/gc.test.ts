import {existsSync, readdirSync, utimesSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Artifact} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import {publicationKey} from '../bucket/bucket-layout.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {openStore} from '../open/open-store.ts';
import {openRemote} from '../remote/open-remote.ts';
import {pushArtifacts} from '../remote/push.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {encodeManifest, manifestOf, treeOf} from '../trees/manifest.ts';
import {missingOf} from '../trees/missing-of.ts';
import {clockDoubt} from './clock-doubt.ts';
import {collectBucket} from './collect-bucket.ts';
import {collectDisk, type DiskGarbageOptions} from './collect-disk.ts';
import {takeLease} from './leases.ts';
import {pinInBucket, pinOnDisk} from './pins.ts';
import {recover} from './recover.ts';

const DAY = 86_400_000;

describe('a clock that was wrong', () => {
  const at = (path: string, time: number) => utimesSync(path, time / 1000, time / 1000);

  it('makes nothing that is dated in the future garbage, nor keep it for ever', async () => {
    const store = await open();
    const {digest} = await store.artifacts.write(Buffer.from('of the future'));
    const path = objectPath(store.layout, digest);
    at(path, Date.now() + 200 * 365 * DAY);
    const late = Date.now() + 10 * DAY;
    expect(await collectDisk(store, options({now: late, delete: true}))).toMatchObject({young: {count: 1}});
    // Dated anew, to the now of that `gc`: from then on it grows old.
    const later = options({now: late + 8 * DAY, delete: true});
    expect(await collectDisk(store, later)).toMatchObject({objects: {count: 1}, outcome: 'deleted'});
  });

  it('is seen where it doesn’t fit what is there', async () => {
    const store = await open();
    const now = Date.now();
    expect(clockDoubt(store.layout, now)).toBeUndefined();
    const {digest} = await store.artifacts.write(Buffer.from('x'));
    expect(clockDoubt(store.layout, now)).toBeUndefined();
    expect(clockDoubt(store.layout, now + 300 * DAY)).toBeUndefined();
    expect(clockDoubt(store.layout, now + 3650 * DAY)?.clock).toBe('ahead');
    expect(clockDoubt(store.layout, 10_000)?.clock).toBe('behind');
    at(objectPath(store.layout, digest), now + 3650 * DAY);
    expect(clockDoubt(store.layout, now)?.clock).toBe('behind');
    await store.artifacts.write(Buffer.from('written since'));
    expect(clockDoubt(store.layout, now)).toBeUndefined();
  });
});

describe('what gc keeps on disk', () => {
  it('is what a pin, a run record or a young result names, through trees and documents', async () => {
    const store = await open();
    const [pinned, ofRun, ofResult, ofNobody] = await Promise.all(
      ['pinned', 'run', 'result', 'nobody'].map((name) => treeIn(store, name)),
    );
    if (!pinned || !ofRun || !ofResult || !ofNobody) throw new Error('expected trees');
    pinOnDisk(store.layout, {pin: 1, keep: pinned.digest, note: 'for the paper'});
    const run = await store.artifacts.write(Buffer.from(canonicalJson({run: 2, stages: [{model: ofRun}]})));
    await store.receipts.put(aReceipt({model: ofResult}));
    const later = {now: Date.now() + 8 * DAY, roots: [`"${run.digest}"`]};
    const counted = await collectDisk(store, options(later));
    expect(counted).toMatchObject({objects: {count: 3}, receipts: {count: 0}, outcome: 'counted'});
    expect(await missingOf(store.artifacts, [ofNobody])).toEqual(new Set());
    const deleted = await collectDisk(store, options({...later, delete: true}));
    expect(deleted).toEqual({...counted, outcome: 'deleted'});
    expect(await missingOf(store.artifacts, [pinned, ofRun, ofResult])).toEqual(new Set());
    expect((await missingOf(store.artifacts, [ofNobody])).size).toBe(1);
    expect(readdirSync(store.layout.condemned)).toEqual([]);
  });

  it('is everything that is younger than the grace period', async () => {
    const store = await open();
    await treeIn(store, 'nobody');
    const collected = await collectDisk(store, options({now: Date.now() + 6 * DAY, delete: true}));
    expect(collected).toMatchObject({objects: {count: 0}, young: {count: 3}, outcome: 'deleted'});
  });

  it('is not a result that is old and that no run names; its bytes go after it', async () => {
    const store = await open();
    const receipt = aReceipt({model: await treeIn(store, 'old')});
    await store.receipts.put(receipt);
    const late = {now: Date.now() + 100 * DAY, delete: true};
    const kept = await collectDisk(store, options({...late, roots: [receipt.key]}));
    expect(kept).toMatchObject({receipts: {count: 0}, objects: {count: 0}});
    const collected = await collectDisk(store, options(late));
    expect(collected).toMatchObject({receipts: {count: 1}, objects: {count: 3}});
    expect(await store.receipts.lookup(receipt.key)).toEqual({receipts: [], damaged: []});
  });

  it('is all of it while somebody uses the store, or has since it was looked at', async () => {
    const store = await open();
    await treeIn(store, 'nobody');
    const endLease = takeLease(store.layout, 'boot.9.9');
    const late = options({now: Date.now() + 100 * DAY, delete: true});
    expect(await collectDisk(store, late)).toMatchObject({outcome: {by: ['boot.9.9']}});
    endLease();
    const roots = (function* () {
      takeLease(store.layout, 'boot.9.9')();
      yield '';
    })();
    expect(await collectDisk(store, {...late, roots})).toMatchObject({outcome: {by: []}});
    expect(existsSync(store.layout.condemned)).toBe(false);
    expect(await missingOf(store.artifacts, [treeNamed('nobody')])).toEqual(new Set());
    const dead = takeLease(store.layout, 'boot.7.7');
    expect(await collectDisk(store, {...late, isAlive: (owner) => owner !== 'boot.7.7'})).toMatchObject({
      outcome: 'deleted',
    });
    dead();
  });

  it('comes back when gc was killed while it had it aside', async () => {
    const store = await open();
    const blob = await store.artifacts.write(Buffer.from('aside'));
    const {renameSync, mkdirSync} = await import('node:fs');
    mkdirSync(store.layout.condemned);
    const path = objectPath(store.layout, blob.digest);
    renameSync(path, join(store.layout.condemned, `boot.8.8~object-${path.split('/').at(-1)}`));
    recover(store.layout, {isAlive: (owner) => owner !== 'boot.8.8'});
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(store.layout.condemned)).toEqual([]);
  });
});

describe('gc beside writers', () => {
  it('loses nothing that was acknowledged, however often it runs', async () => {
    const directory = temporaryDirectory();
    const acked: {key: Digest; outputs: Artifact[]}[] = [];
    const writer = async (id: number) => {
      for (let i = 0; i < 20; i++) {
        const store = await openStore({directory, owner: `boot.${id}.1`});
        // Few different contents: most writes are hits on what somebody, or gc, is about to take away.
        const blob = await store.artifacts.write(Buffer.from(`content ${i % 7}`));
        await store.artifacts.write(Buffer.from(`for nobody ${id} ${i}`));
        const receipt = aReceipt({model: blob}, {kind: `kind-${id}-${i}`});
        await store.receipts.put(receipt);
        acked.push({key: receipt.key, outputs: [blob]});
        await store.close();
        await pause(10 * id);
      }
    };
    const writers = Promise.all([writer(1), writer(2), writer(3)]);
    let writing = true;
    void writers.then(() => {
      writing = false;
    });
    let deleted = 0;
    let interrupted = 0;
    while (writing) {
      const {outcome, objects} = await collectNow(directory);
      if (outcome === 'deleted') deleted += objects.count;
      else interrupted++;
      await pause(1);
    }
    await writers;
    expect(deleted).toBeGreaterThan(0);
    expect(interrupted).toBeGreaterThan(0);
    const store = await openStore({directory, owner: 'boot.5.5'});
    expect(acked).toHaveLength(60);
    for (const {key, outputs} of acked) {
      expect((await store.receipts.lookup(key)).receipts).toHaveLength(1);
      expect(await missingOf(store.artifacts, outputs)).toEqual(new Set());
    }
  });

  it('would lose a hit on an old object, if the writer did not say that it is there', async () => {
    for (const says of [true, false]) {
      const directory = temporaryDirectory();
      const store = await openStore({directory, owner: 'boot.1.1'});
      const old = await store.artifacts.write(Buffer.from('old'));
      await store.close();
      const user = says ? await openStore({directory, owner: 'boot.1.1'}) : store;
      // It comes after the marking has begun, and is told that the object is there.
      await collectNow(directory, () => void user.artifacts.write(Buffer.from('old')));
      const lost = await user.artifacts.missing([old.digest]);
      expect(lost.size).toBe(says ? 0 : 1);
    }
  });
});

/** Everything is old at once, but results: only the protocol protects what nobody names yet. */
async function collectNow(directory: string, meanwhile: () => void = () => undefined) {
  const store = await openStore({directory, owner: 'boot.99.1'});
  age(store);
  const roots = (function* () {
    meanwhile();
    yield '';
  })();
  const collected = await collectDisk(
    store,
    options({now: Date.now(), graceMs: -DAY, delete: true, keepResultsMs: DAY, roots}),
  );
  await store.close();
  return collected;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

describe('gc in a bucket', () => {
  it('keeps what publications, pins and young results name, with their packs', async () => {
    let now = 0;
    const bucket = new MemoryBucket({now: () => now});
    const remote = openRemote(bucket);
    const local = await open();
    const [published, pinned, ofResult, ofNobody] = await Promise.all(
      ['published', 'pinned', 'result', 'nobody'].map((name) => treeIn(local, name)),
    );
    if (!published || !pinned || !ofResult || !ofNobody) throw new Error('expected trees');
    await pushArtifacts(remote, local, [published, pinned, ofNobody], {
      receipts: [aReceipt({model: ofResult})],
    });
    const publication = Buffer.from(canonicalJson({run: published}));
    await bucket.put(publicationKey(digestOfBytes(publication)), publication, {ifAbsent: true});
    await pinInBucket(bucket, {pin: 1, keep: pinned.digest, note: ''});
    now = 8 * DAY;
    const before = await collectBucket(remote, options({now}));
    expect(before).toMatchObject({objects: {count: 1}, packs: {count: 1}, outcome: 'counted'});
    expect(await collectBucket(remote, options({now, delete: true}))).toEqual({
      ...before,
      outcome: 'deleted',
    });
    const reader = openRemote(bucket);
    expect(await missingOf(reader.artifacts, [published, pinned, ofResult])).toEqual(new Set());
    expect((await missingOf(reader.artifacts, [ofNobody])).size).toBe(1);
  });

  it('deletes nothing when it can’t read a root', async () => {
    const bucket = new MemoryBucket();
    const local = await open();
    await pushArtifacts(openRemote(bucket), local, [await treeIn(local, 'a')]);
    await bucket.put('publications/v1/x/publication.json', Buffer.alloc(65 * 2 ** 20), {ifAbsent: true});
    const collecting = collectBucket(openRemote(bucket), options({now: 100 * DAY, delete: true}));
    await expect(collecting).rejects.toMatchObject({code: 'corrupt'});
    expect(await missingOf(openRemote(bucket).artifacts, [treeNamed('a')])).toEqual(new Set());
  });
});

function options(given: Partial<DiskGarbageOptions>): DiskGarbageOptions {
  return {
    roots: [],
    now: 0,
    graceMs: 7 * DAY,
    keepResultsMs: 90 * DAY,
    delete: false,
    owner: 'boot.99.1',
    isAlive: () => true,
    ...given,
  };
}

/** Two files, and a manifest. */
async function treeIn({artifacts}: OpenStore, name: string): Promise<Artifact> {
  for (const file of ['a', 'b']) await artifacts.write(Buffer.from(`${name} ${file}`));
  await artifacts.write(encodeManifest(manifestNamed(name)));
  return treeNamed(name);
}

function treeNamed(name: string): Artifact {
  return treeOf(manifestNamed(name));
}

function manifestNamed(name: string) {
  return manifestOf(
    ['a', 'b'].map((file) => ({
      path: file,
      size: name.length + 2,
      executable: false,
      digest: digestOfBytes(`${name} ${file}`),
    })),
  );
}

/** Nothing looks young. */
function age({layout}: OpenStore): void {
  for (const shard of readdirSync(layout.objects)) {
    for (const name of readdirSync(join(layout.objects, shard))) {
      try {
        utimesSync(join(layout.objects, shard, name), 0, 0);
      } catch {
        // Gone since it was listed.
      }
    }
  }
}

function open(): Promise<OpenStore> {
  return openStore({directory: temporaryDirectory(), owner: 'boot.99.1'});
}
