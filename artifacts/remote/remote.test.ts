import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Bucket} from '../bucket/bucket.ts';
import {readOnly} from '../bucket/read-only-bucket.ts';
import {FolderBucket} from '../folder/folder-bucket.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {describeStore, type StoreUnderTest} from '../testing/describe-store.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {collectBucket} from '../upkeep/collect-bucket.ts';
import {openRemote} from './open-remote.ts';

describeStore('a remote store in memory', async () => openRemote(new MemoryBucket()));

describeStore('a remote store in a folder', async () =>
  openRemote(new FolderBucket(join(temporaryDirectory(), 'bucket'))),
);

describeStore('a remote store that is read through a door for readers', async () =>
  readThroughADoor(new MemoryBucket()),
);

describe('a remote store behind a door for readers', () => {
  it('refuses every writing, and can be counted', async () => {
    const bucket = new MemoryBucket();
    const blob = await openRemote(bucket).artifacts.write(Buffer.from('x'));
    const {artifacts, receipts, ...rest} = openRemote(readOnly(bucket));
    const denied = {code: 'denied', message: 'memory can only be read'};
    await expect(artifacts.write(Buffer.from('y'))).rejects.toMatchObject(denied);
    await expect(receipts.put(aReceipt({model: blob}))).rejects.toMatchObject(denied);
    const garbage = {roots: [], now: 0, graceMs: 0, keepResultsMs: 0};
    const remote = {artifacts, receipts, ...rest};
    expect(await collectBucket(remote, {...garbage, delete: false})).toMatchObject({outcome: 'counted'});
    await expect(collectBucket(remote, {...garbage, delete: true})).rejects.toMatchObject(denied);
  });
});

/** What writes writes to the bucket itself; all that reads goes through the door. */
function readThroughADoor(bucket: Bucket): StoreUnderTest {
  const writer = openRemote(bucket);
  const reader = openRemote(readOnly(bucket));
  const {artifacts} = reader;
  return {
    artifacts: {
      missing: (wanted) => artifacts.missing(wanted),
      read: (digest, limit) => artifacts.read(digest, limit),
      stream: (digest) => artifacts.stream(digest),
      place: (placements) => artifacts.place(placements),
      verifyUnchanged: (links) => artifacts.verifyUnchanged(links),
      learn: (manifest) => artifacts.learn(manifest),
      write: (bytes) => writer.artifacts.write(bytes),
      adopt: (files) => writer.artifacts.adopt(files),
      close: () => artifacts.close(),
    },
    receipts: {
      lookup: (key, classes) => reader.receipts.lookup(key, classes),
      all: () => reader.receipts.all(),
      put: (receipt) => writer.receipts.put(receipt),
    },
  };
}
