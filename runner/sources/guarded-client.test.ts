import type {IncomingMessage} from 'node:http';
import {describe, expect, it, type TestContext} from 'vitest';
import {type AllowedHosts, nobodyAllowed, parseAllowedHosts} from './allowed-hosts.ts';
import {type Ask, GuardedClient, type Resolve} from './guarded-client.ts';
import {makeCertificate} from './testing/certificate.ts';
import {serve} from './testing/serve.ts';
import {readAll} from './web-origin.ts';

const NEVER = new AbortController().signal;
const loopback: Resolve = async () => [{address: '127.0.0.1', family: 4}];

/** What the answer was, or in which words it failed. */
async function fetched(client: GuardedClient, url: string, ask: Partial<Ask> = {}): Promise<string> {
  try {
    const answer = await client.get(new URL(url), {signal: NEVER, ...ask});
    return `${answer.status} ${await readAll(answer, 1000)}`;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : error}`;
  }
}

describe('the guarded client', () => {
  it('connects to the address that it checked, whatever the name resolves to a moment later', async () => {
    const checked = await serve((_, response) => response.end('checked'), {host: '127.0.0.2'});
    const other = await serve((_, response) => response.end('other'), {port: checked.port});
    const url = `http://a.example:${checked.port}/`;
    // A rebinding resolver: another address every time. Between the check and the connection it is not asked again.
    const addresses = ['127.0.0.2', '127.0.0.1'];
    let asked = 0;
    const rebinding: Resolve = async () => [{address: addresses[asked++] ?? '', family: 4}];
    const everybody: AllowedHosts = {has: () => true};
    expect(await fetched(new GuardedClient({allowed: everybody, resolve: rebinding}), url)).toBe(
      '200 checked',
    );
    expect([asked, other.asked.length]).toEqual([1, 0]);
  });

  it('checks what a name resolves to at every connection', async () => {
    const secret = await serve((_, response) => response.end('the cloud’s credentials'));
    let asked = 0;
    const rebinding: Resolve = async () => [
      {address: asked++ === 0 ? '93.184.216.34' : '127.0.0.1', family: 4},
    ];
    const client = new GuardedClient({allowed: nobodyAllowed, resolve: rebinding});
    const url = `https://a.example:${secret.port}/`;
    expect(await client.addresses(new URL(url))).toEqual([{address: '93.184.216.34', family: 4}]);
    expect(await fetched(client, url)).toMatch(/is 127.0.0.1, which is no public address/);
    expect(secret.asked).toEqual([]);
  });

  it('checks every redirect: to inside, down from https, in circles, with a user name', async (context) => {
    const certificate = makeCertificate(context);
    const inner = await serve((_, response) => response.end('inside'));
    const outer = await serve(
      (request, response) => {
        const to: Readonly<Record<string, string>> = {
          '/inside': `https://127.0.0.1:${inner.port}/`,
          '/metadata': 'https://169.254.169.254/latest',
          '/named': 'https://b.example/',
          '/down': `http://a.example:${inner.port}/`,
          '/circle': '/circle',
          '/user': 'https://me:secret@a.example/',
          '/nowhere': 'https://[/',
          '/old': '/new',
        };
        const location = to[request.url ?? ''];
        if (location === undefined) response.end('new');
        else response.writeHead(302, {location}).end();
      },
      {certificate},
    );
    const resolve: Resolve = async (host) => [
      {address: host === 'b.example' ? '10.0.0.1' : '127.0.0.1', family: 4},
    ];
    const allowed = parseAllowedHosts(`a.example:${outer.port}`);
    const client = new GuardedClient({allowed, resolve, authorities: [certificate.cert]});
    const outcome = (path: string) => fetched(client, `https://a.example:${outer.port}${path}`);
    expect(await outcome('/old')).toBe('200 new');
    const asked = outer.asked.length;
    expect(
      [
        await outcome('/inside'),
        await outcome('/metadata'),
        await outcome('/named'),
        await outcome('/down'),
        await outcome('/circle'),
        await outcome('/user'),
        await outcome('/nowhere'),
      ].map((text) => text.replaceAll(String(outer.port), 'PORT').replaceAll(String(inner.port), 'PORT')),
    ).toMatchInlineSnapshot(`
      [
        "failed: 127.0.0.1 is no public address (loopback), so it is not asked",
        "failed: 169.254.169.254 is no public address (link-local), so it is not asked",
        "failed: b.example is 10.0.0.1, which is no public address (private), so it is not asked",
        "failed: a.example:PORT redirects to http://a.example:PORT, and only https is followed",
        "failed: a.example:PORT redirects more than 5 times",
        "failed: a URL at a.example has a user name in it",
        "failed: a.example:PORT redirects to no URL",
      ]
    `);
    expect(outer.asked.length - asked).toBe(6 + 6);
    expect(inner.asked).toEqual([]);
  });

  it('shows a token to its own origin only', async (context) => {
    const seen: string[] = [];
    const note = (where: string) => (request: IncomingMessage) =>
      void seen.push(`${where}: ${request.headers.authorization ?? 'nothing'}`);
    const cdn = await serve((request, response) => {
      note('cdn')(request);
      response.writeHead(302, {location: `http://localhost:${hub.port}/end`}).end();
    });
    const hub = await serve((request, response) => {
      note('hub')(request);
      if (request.url === '/end') response.end('done');
      else response.writeHead(302, {location: `http://localhost:${cdn.port}/file`}).end();
    });
    const client = new GuardedClient({allowed: parseAllowedHosts('localhost'), resolve: loopback});
    const bearer = {origin: `http://localhost:${hub.port}`, token: 'hf_secret'};
    expect(await fetched(client, `http://localhost:${hub.port}/`, {bearer})).toBe('200 done');
    expect(seen).toEqual(['hub: Bearer hf_secret', 'cdn: nothing', 'hub: Bearer hf_secret']);
    void context;
  });

  it('takes no certificate that nobody vouches for, and says so', async (context: TestContext) => {
    const certificate = makeCertificate(context);
    const {port} = await serve((_, response) => response.end('hello'), {certificate});
    const allowed = parseAllowedHosts('a.example');
    const url = `https://a.example:${port}/`;
    expect(await fetched(new GuardedClient({allowed, resolve: loopback}), url)).toMatch(
      /^failed: nobody vouches for the certificate of a.example:\d+: self-signed certificate/,
    );
    const trusting = new GuardedClient({allowed, resolve: loopback, authorities: [certificate.cert]});
    expect(await fetched(trusting, url)).toBe('200 hello');
  });

  it('gives up a server that falls silent, before or in its answer', async () => {
    const {port} = await serve(({url}, response) => {
      if (url === '/half') response.writeHead(200, {'content-length': 100}).write('half');
    });
    const client = new GuardedClient({allowed: parseAllowedHosts('127.0.0.1'), idleMs: 100});
    const words = async (path: string) =>
      (await fetched(client, `http://127.0.0.1:${port}${path}`)).replace(String(port), 'PORT');
    expect(await words('/none')).toBe('failed: 127.0.0.1:PORT sent nothing for 0.1 seconds');
    expect(await words('/half')).toBe('failed: 127.0.0.1:PORT is too slow: 4 bytes in 0.1 seconds');
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const {port} = await serve((_, response) => {
      response.writeHead(200).write('hel', () => stop.abort());
    });
    const client = new GuardedClient({allowed: parseAllowedHosts('127.0.0.1')});
    expect(await fetched(client, `http://127.0.0.1:${port}/`, {signal: stop.signal})).toMatch(
      /^failed: .*abort/i,
    );
  });
});
