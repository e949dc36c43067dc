import {describe, expect, it} from 'vitest';
import type {Bucket} from '../bucket/bucket.ts';
import {openBucket, openReadableBucket} from '../open/open-bucket.ts';
import {
  collect,
  describeBucket,
  describeReadableBucket,
  fileOf,
  keysOf,
  type Quirks,
} from './describe-bucket.ts';
import {drawnBytes} from './drawn-bytes.ts';
import type {ServerKind} from './s3-server-state.ts';
import {asOwner, type S3Server, s3Server} from './s3-servers.ts';

export interface S3Quirks extends Quirks {
  /** Makes a bucket for who may, instead of saying that there is none. */
  readonly makesBuckets?: boolean;
}

/** What a bucket on a real S3 server does beyond the contract of every bucket. */
export function describeS3Bucket(kind: ServerKind, quirks: S3Quirks = {}): void {
  const server = s3Server(kind);
  const make = async () => {
    const at = await server;
    return 'absent' in at ? at : openBucket(await at.makePlace('some/prefix'));
  };
  describeBucket(`${kind}: a bucket`, make, quirks);
  describeReadableBucket(`${kind}: read by anybody`, async () => {
    const at = await server;
    if ('absent' in at) return at;
    const place = await at.makePlace('pub');
    await at.makePublic(bucketOf(place.url));
    const anonymous = {url: place.url, endpoint: place.endpoint, anonymous: true};
    return {writable: await openBucket(place), readable: await openReadableBucket(anonymous)};
  });

  const check = (what: string, test: (at: S3Server) => Promise<void>) => {
    it(what, async (context) => {
      const at = await server;
      if ('absent' in at) return context.skip(`NOT TESTED: ${at.absent}`);
      await test(at);
    });
  };

  describe(`${kind}: files in parts`, () => {
    check('become visible in whole or not at all', inWhole);
    check('are given up by age where somebody left them', givenUp);
  });
  describe(`${kind}: the rest`, () => {
    check('lists and removes more than a page', morePages);
    check('has found out what the server does', async (at) => {
      const bucket = await openBucket(await at.makePlace());
      expect(await bucket.capabilities?.()).toEqual({conditionalPut: true, checksPayload: kind === 'ceph'});
      expect(await keysOf(bucket, '')).toEqual([]);
    });
    check('says in words what is wrong', (at) => inWords(at, quirks));
  });
}

async function inWhole(at: S3Server): Promise<void> {
  const place = await at.makePlace('p');
  const bucket = await openBucket(place);
  const bytes = drawnBytes(40 * 2 ** 20 + 12_345);
  const file = fileOf(bytes);
  await bucket.putFile('objects/v1/aa/large', file);
  expect(await bucket.size('objects/v1/aa/large')).toBe(bytes.length);
  const range = {from: 20 * 2 ** 20 - 3, to: 20 * 2 ** 20 + 3};
  expect(await bytesOf(bucket, 'objects/v1/aa/large', range)).toEqual(bytes.subarray(range.from, range.to));
  expect((await bytesOf(bucket, 'objects/v1/aa/large')).equals(bytes)).toBe(true);
  const rotten = {...file, sha256: '0'.repeat(64)};
  await expect(bucket.putFile('rotten', rotten)).rejects.toMatchObject({code: 'bad-file'});
  expect(await bucket.size('rotten')).toBeUndefined();
  expect(await uploadsIn(at, place.url)).toBe(0);
}

async function givenUp(at: S3Server): Promise<void> {
  const place = await at.makePlace('p');
  const Bucket = bucketOf(place.url);
  await asOwner(at.endpoint, async (client, {CreateMultipartUploadCommand}) => {
    for (const Key of ['p/one', 'p/two', 'elsewhere'])
      await client.send(new CreateMultipartUploadCommand({Bucket, Key}));
  });
  const bucket = await openBucket(place);
  expect(await bucket.abandonUploads?.(1)).toBe(0);
  expect(await bucket.abandonUploads?.(Number.MAX_SAFE_INTEGER)).toBe(2);
  expect(await uploadsIn(at, place.url)).toBe(1);
}

async function morePages(at: S3Server): Promise<void> {
  const bucket = await openBucket(await at.makePlace());
  const keys = Array.from({length: 1205}, (_, n) => `k/${String(n).padStart(5, '0')}`);
  for (let first = 0; first < keys.length; first += 50) {
    const some = keys.slice(first, first + 50);
    await Promise.all(some.map((key) => bucket.put(key, Buffer.from('x'), {ifAbsent: false})));
  }
  expect(await keysOf(bucket, 'k/')).toEqual(keys);
  expect(await keysOf(bucket, 'k/', 'k/01000')).toEqual(keys.slice(1001));
  await bucket.remove(keys);
  expect(await keysOf(bucket, '')).toEqual([]);
}

async function inWords(at: S3Server, {makesBuckets = false}: S3Quirks): Promise<void> {
  const place = await at.makePlace();
  const put = async (change: object) =>
    (await openBucket({...place, ...change})).put('a', Buffer.from('a'), {ifAbsent: false});
  if (!makesBuckets)
    await expect(put({url: 's3://no-such-bucket-here'})).rejects.toMatchObject({
      code: 'no-bucket',
      message: expect.stringContaining('create it: aws s3api create-bucket --bucket no-such-bucket-here'),
    });
  await expect(put({credentials: at.otherCredentials})).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringMatching(
      /does not allow PUT a in bucket .* \(credentials from the configuration of/,
    ),
  });
  const nobody = {accessKeyId: 'NOBODY', secretAccessKey: 'x'};
  await expect(put({credentials: nobody})).rejects.toThrow(/does not know the access key/);
  const wrong = {...at.credentials, secretAccessKey: 'wrong'};
  await expect(put({credentials: wrong})).rejects.toThrow(/the secret key is not the access key's/);
}

function bucketOf(url: string): string {
  return new URL(url).hostname;
}

async function bytesOf(bucket: Bucket, key: string, range?: {from: number; to: number}): Promise<Buffer> {
  const reading = await bucket.get(key, range);
  if (reading === undefined) throw new Error(`${key} is missing`);
  return collect(reading);
}

async function uploadsIn({endpoint}: S3Server, url: string): Promise<number> {
  const page = await asOwner(endpoint, (client, {ListMultipartUploadsCommand}) =>
    client.send(new ListMultipartUploadsCommand({Bucket: bucketOf(url)})),
  );
  return page.Uploads?.length ?? 0;
}
