import {describe, expect, it, onTestFinished} from 'vitest';
import type {BlobArtifact} from '../../schemas/artifact.ts';
import {openBucket} from '../open/open-bucket.ts';
import {computedTree, freshDisk} from '../testing/computed-tree.ts';
import {drawnBytes} from '../testing/drawn-bytes.ts';
import {FAULTS, startFaultProxy} from '../testing/fault-proxy.ts';
import {s3Server} from '../testing/s3-servers.ts';
import {seededRandom} from '../testing/seeded-random.ts';
import {missingOf} from '../trees/missing-of.ts';
import {openRemote} from './open-remote.ts';
import {pullArtifacts} from './pull.ts';
import {pushArtifacts} from './push.ts';

/** REPRO_FAULTS=10 makes the bad network ten times as long. */
const SCALE = Number(process.env.REPRO_FAULTS ?? 1);

describe('a store behind a bad network', () => {
  it('sends all, and brings all, and nothing wrong', {timeout: 60_000 * SCALE}, async (context) => {
    const server = await s3Server('ceph');
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const place = await server.makePlace('lab');
    const proxy = await startFaultProxy({target: server.endpoint, random: seededRandom(3), rate: 0.2});
    onTestFinished(() => proxy.close());
    const bad = () => openBucket({...place, endpoint: proxy.url}, {idleMs: 1000});
    // How many requests there are depends on timing: on until each kind of fault has had its turn.
    const missed = () => FAULTS.filter((fault) => (proxy.injected.get(fault) ?? 0) === 0);
    for (let round = 0; round < 3 * SCALE || (missed().length > 0 && round < 12 * SCALE); round++) {
      const {local, tree, receipt} = await computedTree(40);
      const blobs: BlobArtifact[] = [];
      for (let i = 0; i < 20; i++) blobs.push(await local.artifacts.write(drawnBytes(1000 + i)));
      blobs.push(await local.artifacts.write(drawnBytes(20 * 2 ** 20)));
      const {receipts} = await again(async () =>
        pushArtifacts(openRemote(await bad()), local, blobs, {receipts: [receipt]}),
      );
      expect(receipts.map(({state}) => state === 'stored' || state === 'present')).toEqual([true]);
      const there = await freshDisk();
      const all = [...blobs, tree];
      await again(async () => {
        const {troubles} = await pullArtifacts(openRemote(await bad()), there, all);
        if (troubles[0] !== undefined) throw troubles[0];
      });
      expect(await missingOf(there.artifacts, all)).toEqual(new Set());
      for (const {digest} of blobs) for await (const _chunk of there.artifacts.stream(digest));
    }
    expect(missed()).toEqual([]);
  });
});

/** A transfer may fail, and is then begun again; it must never be wrong. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}
