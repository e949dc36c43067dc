import {createHash} from 'node:crypto';
import {describe, expect, it, onTestFinished, vi} from 'vitest';
import type {Bucket} from '../bucket/bucket.ts';
import type {BucketAddress} from '../bucket/bucket-address.ts';
import {openBucket, openReadableBucket} from '../open/open-bucket.ts';
import {fileOf, keysOf} from '../testing/describe-bucket.ts';
import {type Asked, type Interference, pretendS3, refuse} from '../testing/pretend-s3.ts';
import {serve} from '../testing/serve-folder.ts';
import {usabilityOf} from './probe.ts';

const CREDENTIALS = {accessKeyId: 'AK', secretAccessKey: 'SECRET', sessionToken: 'TOKEN'};
const NOW = Date.UTC(2026, 10, 24, 12);

async function pretend(interfere?: Interference, change: Partial<BucketAddress> = {}) {
  const server = await pretendS3(interfere);
  const place = {
    url: 's3://bucket/p',
    endpoint: server.url,
    region: 'here',
    credentials: CREDENTIALS,
    ...change,
  };
  const bucket = await openBucket(place, {now: () => NOW, sleep: async () => undefined, idleMs: 2000});
  return {server, bucket};
}

describe('what is sent', () => {
  it('says twice what should arrive, and how much', async () => {
    const {server, bucket} = await pretend();
    await bucket.put('a/b.json', Buffer.from('hello'), {ifAbsent: false});
    await bucket.putFile('file', fileOf(Buffer.from('hello')));
    const told = ({path, headers}: Asked) => [
      path,
      headers['content-length'],
      headers['content-type'],
      headers['content-md5'],
      headers['x-amz-content-sha256'],
      headers['transfer-encoding'],
      headers['if-none-match'],
    ];
    const digests = [
      'XUFAKrxLKna5cZ2REBfFkg==',
      createHash('sha256').update('hello').digest('hex'),
      undefined,
      undefined,
    ];
    expect(server.asked.map(told)).toEqual([
      ['/bucket/p/a/b.json', '5', 'application/json', ...digests],
      ['/bucket/p/file', '5', 'application/octet-stream', ...digests],
    ]);
  });

  it('is signed, with the date, the session and everything that matters', async () => {
    const {server, bucket} = await pretend();
    await bucket.put('a', Buffer.from('hello'), {ifAbsent: false});
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AK\/20261124\/here\/s3\/aws4_request, SignedHeaders=content-length;content-md5;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
      ),
      'x-amz-date': '20261124T120000Z',
      'x-amz-security-token': 'TOKEN',
    });
  });

  it('never goes anywhere but to the endpoint', async () => {
    const elsewhere: unknown[] = [];
    const other = await serve((request, response) => {
      elsewhere.push(request.headers);
      response.end();
    });
    const {bucket} = await pretend((_, response) => response.writeHead(307, {location: `${other}/x`}).end());
    const calls: (() => Promise<unknown>)[] = [
      () => bucket.get('a'),
      () => bucket.size('a'),
      () => bucket.put('a', Buffer.from('x'), {ifAbsent: false}),
      () => bucket.put('a', Buffer.from('x'), {ifAbsent: true}),
      () => bucket.putFile('a', fileOf(Buffer.alloc(17 * 2 ** 20))),
      () => bucket.remove(['a']),
      () => keysOf(bucket, ''),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({code: 'refused', retryable: false});
    expect(elsewhere).toEqual([]);
  });

  it('needs credentials, and says how to give them', async () => {
    const nothing = {AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: undefined};
    const none = {...nothing, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent'};
    for (const [name, value] of Object.entries(none)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const {server, bucket} = await pretend(undefined, {credentials: undefined});
    for (const call of [() => bucket.size('a'), () => keysOf(bucket, '')])
      await expect(call()).rejects.toMatchObject({
        code: 'denied',
        message: expect.stringMatching(
          /no credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
        ),
      });
    expect(server.asked).toEqual([]);
  });

  it('has no credentials where it is asked for anonymously', async () => {
    const server = await pretendS3();
    const place = {url: 's3://bucket/p', endpoint: server.url, credentials: CREDENTIALS, anonymous: true};
    const bucket = await openReadableBucket(place);
    expect(await bucket.size('a')).toBeUndefined();
    expect(server.asked.map(({path, headers}) => [path, headers.authorization])).toEqual([
      ['/bucket/p/a', undefined],
    ]);
    await expect(openBucket(place)).rejects.toMatchObject({code: 'refused'});
  });
});

describe('what is tried once more, another way', () => {
  it('by the server’s clock, when ours is wrong', async () => {
    const date = 'Tue, 24 Nov 2026 15:00:00 GMT';
    const {server, bucket} = await pretend((asked, response) => {
      if (asked.headers['x-amz-date'] !== '20261124T150000Z')
        refuse(response, 403, 'RequestTimeTooSkewed', {date});
    });
    await bucket.put('a', Buffer.from('x'), {ifAbsent: false});
    await bucket.put('b', Buffer.from('x'), {ifAbsent: false});
    const times = server.asked.map(({headers}) => headers['x-amz-date']);
    expect(times).toEqual(['20261124T120000Z', '20261124T150000Z', '20261124T150000Z']);
  });

  it('once only', async () => {
    const {server, bucket} = await pretend((_, response) => refuse(response, 403, 'RequestTimeTooSkewed'));
    const put = bucket.put('a', Buffer.from('x'), {ifAbsent: false});
    await expect(put).rejects.toThrow(/this machine's clock is wrong/);
    expect(server.asked).toHaveLength(2);
  });

  it('with fresh credentials, when they have expired', async () => {
    const {server, bucket} = await pretend((_, response) => refuse(response, 400, 'ExpiredToken'));
    const expired = {code: 'denied', message: expect.stringContaining('the credentials have expired')};
    await expect(bucket.put('a', Buffer.from('x'), {ifAbsent: false})).rejects.toMatchObject(expired);
    await expect(bucket.size('a')).rejects.toMatchObject(expired);
    await expect(keysOf(bucket, '')).rejects.toMatchObject(expired);
    expect(server.asked.filter(({method}) => method === 'PUT')).toHaveLength(2);
  });
});

describe('a server that ignores conditions', () => {
  it('is found out before anything is overwritten, and worked around', async () => {
    const {server, bucket} = await pretend();
    expect(await bucket.capabilities?.()).toEqual({conditionalPut: false, checksPayload: false});
    expect(await bucket.put('k', Buffer.from('first'), {ifAbsent: true})).toBe('written');
    expect(await bucket.put('k', Buffer.from('second'), {ifAbsent: true})).toBe('present');
    expect(server.kept.get('/bucket/p/k')?.toString()).toBe('first');
  });

  it('does not tell us when another was faster: reading back does', async () => {
    const {bucket} = await pretend((asked, response) => {
      if (asked.method === 'GET' && asked.path === '/bucket/p/k') response.end('another writer’s');
    });
    expect(await bucket.put('k', Buffer.from('mine'), {ifAbsent: true})).toBe('present');
  });

  it('is for one writer', () => {
    const names = [
      'write and read',
      'missing keys',
      'ranges',
      'parts',
      'removal',
      'conditional put',
      'race',
    ] as const;
    const probed = (not: readonly string[]) =>
      names.map((probe) => ({probe, does: !not.includes(probe), seen: ''}));
    expect(usabilityOf(probed([]))).toEqual({usable: 'yes'});
    expect(usabilityOf(probed(['race']))).toEqual({usable: 'one writer', because: ['race']});
    expect(usabilityOf(probed(['race', 'ranges']))).toEqual({usable: 'no', because: ['ranges']});
  });
});

describe('refusals', () => {
  const refusals: readonly [status: number, code: string, expected: string][] = [
    [403, 'AccessDenied', 'denied'],
    [403, 'InvalidAccessKeyId', 'denied'],
    [404, 'NoSuchBucket', 'no-bucket'],
    [503, 'SlowDown', 'busy'],
    [409, 'ConditionalRequestConflict', 'busy'],
    [400, 'BadDigest', 'damaged'],
    [400, 'XAmzContentSHA256Mismatch', 'damaged'],
    [500, 'InternalError', 'unreachable'],
    [501, 'NotImplemented', 'refused'],
    [301, 'PermanentRedirect', 'refused'],
  ];
  for (const [status, code, expected] of refusals)
    it(`${status} ${code} is ${expected}, of bytes and of control calls`, async () => {
      const {bucket} = await pretend((_, response) => refuse(response, status, code));
      const put = bucket.put('a', Buffer.from('x'), {ifAbsent: false});
      await expect(put).rejects.toMatchObject({code: expected});
      await expect(keysOf(bucket, '')).rejects.toMatchObject({code: expected});
    });

  it('of a key that may not be known to be there mean that it isn’t; of credentials they do not', async () => {
    const asking = async (code: string) => {
      const {bucket} = await pretend((_, response) => refuse(response, 403, code));
      return [await outcome(bucket.size('a')), await outcome(bucket.get('a'))];
    };
    expect(await asking('AccessDenied')).toEqual(['undefined', 'undefined']);
    expect(await asking('InvalidAccessKeyId')).toEqual(['denied', 'denied']);
    expect(await asking('SignatureDoesNotMatch')).toEqual(['denied', 'denied']);
  });

  it('of single keys, inside an answer that looks well, are heard', async () => {
    const {bucket} = await pretend((asked, response) => {
      if (asked.method === 'POST')
        response.end(
          '<DeleteResult><Error><Key>p/a</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>',
        );
    });
    await expect(bucket.remove(['a'])).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('p/a'),
    });
  });

  it('that come before all was sent are heard', async () => {
    const {bucket} = await early();
    const put = bucket.putFile('a', fileOf(Buffer.alloc(12 * 2 ** 20)));
    await expect(put).rejects.toMatchObject({code: 'denied'});
  });
});

/** Says no as soon as it has seen the head of a request. */
async function early(): Promise<{readonly bucket: Bucket}> {
  const url = await serve((_, response) => refuse(response, 403, 'AccessDenied'));
  const place = {url: 's3://bucket', endpoint: url, region: 'here', credentials: CREDENTIALS};
  return {bucket: await openBucket(place, {sleep: async () => undefined})};
}

async function outcome(asking: Promise<unknown>): Promise<string> {
  try {
    return String(await asking);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
