import type {ServerResponse} from 'node:http';
import {describe, expect, it} from 'vitest';
import type {BucketAddress} from '../bucket/bucket-address.ts';
import {openBucket} from '../open/open-bucket.ts';
import {keysOf} from '../testing/describe-bucket.ts';
import {type Asked, type Interference, pretendS3} from '../testing/pretend-s3.ts';

const NOW = Date.UTC(2026, 10, 28, 12);

async function pretend(interfere: Interference, change: Partial<BucketAddress> = {}) {
  const server = await pretendS3(interfere);
  const credentials = {accessKeyId: 'AK', secretAccessKey: 'SECRET'};
  const place = {url: 's3://bucket/p', endpoint: server.url, region: 'here', credentials, ...change};
  const options = {now: () => NOW, sleep: async () => undefined, idleMs: 2000};
  return {server, bucket: await openBucket(place, options)};
}

/** In which words each of the three calls fails. */
async function words(
  answer: (response: ServerResponse, asked: Asked) => unknown,
): Promise<readonly string[]> {
  const {server, bucket} = await pretend((asked, response) => answer(response, asked));
  const calls = [
    () => bucket.size('k'),
    () => bucket.put('k', Buffer.from('x'), {ifAbsent: false}),
    () => keysOf(bucket, ''),
  ];
  const said: string[] = [];
  for (const call of calls)
    said.push(
      await call().then(
        (value) => `no trouble: ${JSON.stringify(value)}`,
        (error: unknown) => String(error).replaceAll(new URL(server.url).host, 'HOST'),
      ),
    );
  return said;
}

const xml = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

describe('a bucket of another region', () => {
  it('is said to be there, and what to set, also where HEAD has no body to say it', async () => {
    const region = {'x-amz-bucket-region': 'eu-west-3'};
    const said = await words((response) =>
      response.writeHead(301, region).end(xml('PermanentRedirect', 'elsewhere')),
    );
    expect(said).toMatchInlineSnapshot(`
      [
        "BucketError: bucket is in another region, eu-west-3: set AWS_REGION=eu-west-3, or \`region: eu-west-3\` in stores.yaml (status 301)",
        "BucketError: bucket is in another region, eu-west-3: set AWS_REGION=eu-west-3, or \`region: eu-west-3\` in stores.yaml (PermanentRedirect: elsewhere)",
        "BucketError: bucket is in another region, eu-west-3: set AWS_REGION=eu-west-3, or \`region: eu-west-3\` in stores.yaml (PermanentRedirect: elsewhere)",
      ]
    `);
  });

  it('is no region where the server’s words are none', async () => {
    const region = {'x-amz-bucket-region': '$(rm -rf ~)'};
    const said = await words((response) => response.writeHead(301, region).end(xml('PermanentRedirect', '')));
    expect(said.join()).not.toContain('rm -rf');
    expect(said[1]).toContain('bucket is in another region; give the region (PermanentRedirect)');
  });

  it('is another thing than a redirect to somewhere', async () => {
    const [, put] = await words((response) =>
      response.writeHead(302, {location: 'https://login.example/'}).end(),
    );
    expect(put).toMatchInlineSnapshot(
      `"BucketError: HOST sends requests for bucket bucket elsewhere (status 302), and nothing signed goes anywhere else: is the endpoint right, its http or https too?"`,
    );
  });
});

describe('a web page in place of the bucket', () => {
  const page = '<html>please log in</html>';
  for (const type of ['text/html', 'TEXT/HTML; charset=utf-8', 'application/xhtml+xml'])
    it(`is told as one: ${type}`, async () => {
      const said = await words((response) => response.writeHead(200, {'content-type': type}).end(page));
      const told =
        'BucketError: HOST answers with a web page in place of the bucket: is there a login page on the way, or is the endpoint another one?';
      expect(said).toEqual([told, told, told]);
    });

  it('is no object that happens to be a page', async () => {
    const head = {'content-type': 'text/html', etag: '"x"', 'content-length': page.length};
    const {bucket} = await pretend((_, response) => response.writeHead(200, head).end(page));
    expect(await bucket.size('index.html')).toBe(page.length);
  });

  it('with 511 is a network that wants a login', async () => {
    const [size] = await words((response) =>
      response.writeHead(511, {'content-type': 'text/html'}).end(page),
    );
    expect(size).toBe('BucketError: HOST: the network wants a login first (511)');
  });
});

describe('what a server says', () => {
  it('is cleaned and cut before it is a message of ours', async () => {
    const evil = '\u001b]0;pwned\u0007\u001b[2J\u009b1m\u202eabc\u2066\u200b\r\nline';
    const said = await words((response, {method, path}) => {
      const status = path.includes('list-type') || method === 'PUT' ? 400 : 404;
      response.writeHead(status).end(xml(`A${evil}`, evil.repeat(100)));
    });
    expect(said.join('')).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    expect(said[1]?.length).toBeLessThan(500);
    expect(said[1]).toContain('·]0;pwned··[2J·1m·abc··');
  });
});

describe('a listing', () => {
  const page = (keys: readonly string[], more = '', encoding = '') =>
    `<ListBucketResult>${encoding}<IsTruncated>${more !== ''}</IsTruncated>${more}${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`;
  const listing = async (answer: (at: number) => string) => {
    let at = 0;
    const {server, bucket} = await pretend(({path}, response) => {
      if (path.includes('list-type'))
        response.writeHead(200, {'content-type': 'application/xml'}).end(answer(at++));
    });
    const keys = await keysOf(bucket, 'd=1/').catch((error: unknown) => String(error));
    return {
      keys: typeof keys === 'string' ? keys.replaceAll(new URL(server.url).host, 'HOST') : keys,
      asked: server.asked,
    };
  };
  const URL_ENCODED = '<EncodingType>url</EncodingType>';

  it('is read as it was written: url-encoded where the server says so, else as it is', async () => {
    const encoded = ['p/d%3D1/a+b', 'p/d%3D1/a%2Bb', 'p/d%3D1/a%20b', 'p/d%3D1/%25', 'p/d%3D1/mod%C3%A8le'];
    expect((await listing(() => page(encoded, '', URL_ENCODED))).keys).toEqual([
      'd=1/a b',
      'd=1/a+b',
      'd=1/a b',
      'd=1/%',
      'd=1/modèle',
    ]);
    const {keys, asked} = await listing(() => page(['p/d=1/a+b', 'p/d=1/%41']));
    expect(keys).toEqual(['d=1/a+b', 'd=1/%41']);
    expect(asked[0]?.path).toContain('encoding-type=url');
    expect(asked[0]?.path).toContain('prefix=p%2Fd%3D1%2F');
  });

  it.for([
    ['what was not asked for', (): string => page(['p/e=1/x']), /lists what was not asked for: p\/e=1\/x/],
    ['what climbs', (): string => page(['p/../../etc']), /lists what was not asked for/],
    [
      'what can’t be read',
      (): string => page(['p/d%3D1/%zz'], '', URL_ENCODED),
      /lists a key that can't be read/,
    ],
    [
      'the same page for ever',
      (): string => page(['p/d=1/x'], '<NextContinuationToken>a</NextContinuationToken>'),
      /goes round in circles/,
    ],
    [
      'empty pages for ever',
      (at: number): string => page([], `<NextContinuationToken>${at}</NextContinuationToken>`),
      /goes round in circles/,
    ],
  ] as const)('with %s is refused', async ([, answer, expected]) => {
    expect((await listing(answer)).keys).toMatch(expected);
  });
});

it('the keys of data lakes are asked for as they are signed, in paths and in queries', async () => {
  const {server, bucket} = await pretend(() => undefined, {url: "s3://bucket/team=a/it's (1)!*"});
  await bucket.put('date=2024-01-01/a b+c&d.é', Buffer.from('x'), {ifAbsent: false});
  await keysOf(bucket, 'a b').catch(() => undefined);
  expect(server.asked.map(({method, path}) => `${method} ${path}`)).toEqual([
    'PUT /bucket/team%3Da/it%27s%20%281%29%21%2A/date%3D2024-01-01/a%20b%2Bc%26d.%C3%A9',
    'GET /bucket/?list-type=2&prefix=team%3Da%2Fit%27s%20%281%29%21%2A%2Fa%20b&encoding-type=url',
  ]);
});
