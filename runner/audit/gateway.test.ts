import {describe, expect, it} from 'vitest';
import type {Bucket, ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {openBucket, openReadableBucket} from '../../artifacts/open/open-bucket.ts';
import {s3Server} from '../../artifacts/testing/s3-servers.ts';
import {aPublication, PARTS} from './testing/a-publication.ts';
import {auditIt} from './testing/audit-it.ts';

/** The same as flipped-bits.test.ts, over a real gateway's HTTP, read without credentials: a bit of each kind of object. */
describe('on a real gateway', () => {
  it('a publication passes when it is read by anybody, and one flipped bit of each kind of object is caught', async (context) => {
    const server = await s3Server('ceph');
    if ('absent' in server) return context.skip(`NOT TESTED: ${server.absent}`);
    const published = await aPublication();
    const bucketName = await server.makeBucket();
    await server.makePublic(bucketName);
    const place = {url: `s3://${bucketName}/run`, endpoint: server.endpoint, region: 'us-east-1'};
    const writable = await openBucket({...place, credentials: server.credentials});
    for await (const {key} of published.bucket.list('')) {
      await writable.put(key, await bytesOf(published.bucket, key), {ifAbsent: true});
    }
    const anonymous = await openReadableBucket({url: `${server.endpoint}/${bucketName}/run`});
    const audited = {...published, bucket: anonymous};
    expect((await auditIt(audited)).verdict).toBe('passed');
    const caught: string[] = [];
    for (const part of PARTS) {
      const restore = await flipOneBit(writable, published.keys[part]);
      const {rows} = await auditIt(audited);
      const named = rows.filter(({state}) => state !== 'pass').map(({check}) => check);
      // Nobody replayed it, and nothing in it was trained: there is nothing to look at, whatever is flipped.
      caught.push(
        `${part}: ${named.filter((check) => check !== 'attested' && check !== 'trace').join(', ')}`,
      );
      await restore();
    }
    expect(caught).toMatchInlineSnapshot(`
      [
        "publication: publication, signature, newest, statements, record, keys, graph, plan, receipts, source, code, locks, pins, artifacts, logs, sandbox, pickles",
        "attestations: signature, statements",
        "sequence entry: newest",
        "run record: statements, record, keys, graph, plan, receipts, source, code, locks, pins, artifacts, logs, sandbox, pickles",
        "receipt: receipts",
        "blob: artifacts",
        "manifest: artifacts",
        "pack: artifacts",
        "large file: artifacts",
        "pipeline file: graph, plan, source, locks, pins",
        "lock: graph, plan, source, locks, pins",
        "stage code: graph, plan, code, pins",
        "SDK: code",
        "pinned source: pins",
        "log: logs",
        "metrics: logs",
      ]
    `);
    expect((await auditIt(audited)).verdict, 'the control: with all bits put back').toBe('passed');
    await writable.close();
    await anonymous.close();
  });
});

async function flipOneBit(bucket: Bucket, key: string): Promise<() => Promise<void>> {
  const whole = await bytesOf(bucket, key);
  const flipped = Buffer.from(whole);
  const middle = flipped.length >> 1;
  flipped[middle] = (flipped[middle] ?? 0) ^ 0x10;
  await bucket.put(key, flipped, {ifAbsent: false});
  return async () => {
    await bucket.put(key, whole, {ifAbsent: false});
  };
}

async function bytesOf(bucket: ReadableBucket, key: string): Promise<Buffer> {
  const reading = await bucket.get(key);
  if (reading === undefined) throw new Error(`${key} is not there`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.chunks) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
