import {beforeEach, describe, expect, it} from 'vitest';
import {openBucket, openReadableBucket} from '../open/open-bucket.ts';
import {computedTree, freshDisk} from '../testing/computed-tree.ts';
import {CountingBucket} from '../testing/counting-bucket.ts';
import {describeStore} from '../testing/describe-store.ts';
import {type S3Server, s3Server} from '../testing/s3-servers.ts';
import {missingOf} from '../trees/missing-of.ts';
import {openRemote} from './open-remote.ts';
import {pullArtifacts} from './pull.ts';
import {pushArtifacts} from './push.ts';

for (const kind of ['ceph', 'seaweedfs'] as const) {
  describe(`on ${kind}`, () => {
    let server: S3Server;
    beforeEach(async (context) => {
      const found = await s3Server(kind);
      if ('absent' in found) return context.skip(`NOT TESTED: ${found.absent}`);
      server = found;
    }, 90_000);

    describeStore('a remote store', async () => openRemote(await openBucket(await server.makePlace('lab'))));

    it('a tree goes up and comes down again, also without credentials and listing', async () => {
      const bucket = await server.makeBucket();
      const place = {url: `s3://${bucket}/lab`, endpoint: server.endpoint, region: 'us-east-1'};
      const counting = new CountingBucket(await openBucket({...place, credentials: server.credentials}));
      const remote = openRemote(counting);
      const {local, tree, receipt} = await computedTree(300);
      await pushArtifacts(remote, local, [], {receipts: [receipt]});
      counting.forget();
      expect(await pushArtifacts(remote, local, [], {receipts: [receipt]})).toMatchObject({sent: 0});
      expect(counting.total).toBeLessThan(8);
      const there = await freshDisk();
      expect((await pullArtifacts(remote, there, [tree])).troubles).toEqual([]);
      expect(await missingOf(there.artifacts, [tree])).toEqual(new Set());

      await server.makePublic(bucket);
      const stranger = openRemote(await openReadableBucket({...place, anonymous: true}));
      const classes = [receipt.hardware.digest, tree.digest];
      expect(await stranger.receipts.lookup(receipt.key, classes)).toEqual({
        receipts: [receipt],
        damaged: [],
      });
      const elsewhere = await freshDisk();
      expect((await pullArtifacts(stranger, elsewhere, [tree])).troubles).toEqual([]);
      expect(await missingOf(elsewhere.artifacts, [tree])).toEqual(new Set());
    });
  });
}
