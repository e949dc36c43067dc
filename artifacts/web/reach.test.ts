import {createServer} from 'node:net';
import {describe, expect, it, onTestFinished} from 'vitest';
import {exchange} from './exchange.ts';
import {HttpClient} from './http-client.ts';
import {narrower, type Reach, reachOf, refusedFrom} from './reach.ts';
import {WebBucket} from './web-bucket.ts';

/** From a server at the first address, which of the others may be reached by its redirect. */
const TARGETS = [
  '8.8.8.8',
  '10.0.0.1',
  'fd00::1',
  '100.64.0.1',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.169.254',
  '198.18.0.1',
];
const REACHED: Readonly<Record<string, readonly string[]>> = {
  '8.8.4.4': ['8.8.8.8'],
  '::ffff:8.8.4.4': ['8.8.8.8'],
  '169.254.169.254': ['8.8.8.8'],
  '168.63.129.16': ['8.8.8.8'],
  '203.0.113.1': ['8.8.8.8'],
  'no address': ['8.8.8.8'],
  '': ['8.8.8.8'],
  '10.1.2.3': ['8.8.8.8', '10.0.0.1', 'fd00::1', '100.64.0.1'],
  'fd12::1': ['8.8.8.8', '10.0.0.1', 'fd00::1', '100.64.0.1'],
  '127.0.0.1': ['8.8.8.8', '10.0.0.1', 'fd00::1', '100.64.0.1', '127.0.0.1', '0.0.0.0'],
  '::1': ['8.8.8.8', '10.0.0.1', 'fd00::1', '100.64.0.1', '127.0.0.1', '0.0.0.0'],
};

describe('how far in a server may send us', () => {
  it.for(Object.entries(REACHED))('from %s', ([from, reached]) => {
    const refused = refusedFrom(reachOf(from));
    expect(TARGETS.filter((target) => refused(target) === undefined)).toEqual(reached);
  });

  it('is never further again on the way', () => {
    const all: readonly Reach[] = ['public', 'inside', 'loopback'];
    for (const one of all) expect(narrower(one, 'public')).toBe('public');
    for (const one of all) expect(narrower('public', one)).toBe('public');
    expect([narrower('inside', 'loopback'), narrower('loopback', 'loopback')]).toEqual([
      'inside',
      'loopback',
    ]);
  });
});

const HEAD = 'HTTP/1.1 302 Found\r\nLocation: http://10.255.255.1/\r\nContent-Length: 0\r\n';

/** A server that is gone as soon as it has answered leaves nobody to ask for its address. */
describe('the address of a server', () => {
  it.for([
    ['stays', 'Connection: keep-alive\r\n\r\n', 'nothing'],
    ['closes', 'Connection: close\r\n\r\n', 'end'],
    ['closes without a word of it', '\r\n', 'end'],
    ['breaks off', '\r\n', 'resetAndDestroy'],
    ['breaks off and says so', 'Connection: close\r\n\r\n', 'resetAndDestroy'],
  ] as const)('is known when it %s', async ([, rest, then]) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () =>
        socket.write(`${HEAD}${rest}`, () => {
          if (then !== 'nothing') socket[then]();
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new HttpClient();
    onTestFinished(() => {
      client.close();
      server.close();
    });
    const at = server.address();
    const url = new URL(`http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}/`);
    for (let n = 0; n < 20; n++) {
      // That it broke off before its answer was read is no answer, and sends us nowhere.
      const answer = await exchange(client, {method: 'GET', url, headers: {}}).catch(() => undefined);
      if (answer === undefined) continue;
      expect([answer.status, answer.address]).toEqual([302, '127.0.0.1']);
      answer.discard();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

it('a name is resolved once for each connection, and all that it resolves to is looked at', async () => {
  let knocks = 0;
  const server = createServer((socket) => {
    knocks++;
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const at = server.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const answers = [
    ['127.0.0.1'],
    ['127.0.0.1', '::1'],
    ['10.0.0.1', '169.254.169.254'],
    ['::ffff:127.0.0.1'],
    ['fe80::1'],
  ];
  let asked = 0;
  for (const addresses of answers) {
    const resolve = async () => {
      asked++;
      return addresses.map((address) => ({address, family: address.includes(':') ? 6 : 4}));
    };
    const client = new HttpClient({check: () => ({refused: refusedFrom('public'), resolve})});
    const asking = exchange(client, {method: 'GET', url: new URL(`http://a.example:${port}/`), headers: {}});
    await expect(asking).rejects.toMatchObject({code: 'refused'});
  }
  expect([asked, knocks]).toEqual([answers.length, 0]);
  // The control: with a wider reach the same name is reached.
  const resolve = async () => [{address: '127.0.0.1', family: 4}];
  const client = new HttpClient({check: () => ({refused: refusedFrom('loopback'), resolve})});
  const answer = await exchange(client, {
    method: 'GET',
    url: new URL(`http://a.example:${port}/`),
    headers: {},
  });
  expect([answer.status, knocks]).toEqual([200, 1]);
});

it('a redirect with a user name in it is not followed, and its password not shown', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () =>
      socket.end('HTTP/1.1 302 x\r\nLocation: http://me:s3cret@127.0.0.1/\r\nContent-Length: 0\r\n\r\n'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const at = server.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const error = await new WebBucket(`http://127.0.0.1:${port}`)
    .get('x')
    .catch((thrown: unknown) => String(thrown));
  expect(error).toMatch(/redirects to an address with a user name in it/);
  expect(error).not.toContain('s3cret');
});
