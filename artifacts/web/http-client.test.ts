import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {serve} from '../testing/serve-folder.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {exchange} from './exchange.ts';
import {HttpClient, type HttpClientOptions} from './http-client.ts';
import {refusedAddress} from './public-address.ts';
import {WebBucket} from './web-bucket.ts';

function client(options: HttpClientOptions = {}): HttpClient {
  const made = new HttpClient(options);
  onTestFinished(() => made.close());
  return made;
}

const get = (by: HttpClient, url: string) => exchange(by, {method: 'GET', url: new URL(url), headers: {}});

describe('a client for public addresses only', () => {
  it('connects to none that is private, whatever it is called', async () => {
    let knocks = 0;
    const url = await serve((_, response) => {
      knocks++;
      response.end();
    });
    const {port} = new URL(url);
    const hosts = [
      '127.0.0.1',
      'localhost',
      '0x7f.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '127.1',
      '0',
    ];
    for (const host of hosts) {
      const asking = get(client({check: () => ({refused: refusedAddress})}), `http://${host}:${port}/`);
      await expect(asking).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('private address'),
      });
    }
    expect(knocks).toBe(0);
    (await get(client(), `http://localhost:${port}/`)).discard();
    expect(knocks).toBe(1);
  });
});

describe('connections', () => {
  it('are used again', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x'.repeat(1000));
    });
    const one = client();
    for (let n = 0; n < 5; n++) for await (const _ of (await get(one, url)).chunks());
    expect(ports.size).toBe(1);
  });
});

describe('an answer that nobody wants', () => {
  it('is cut off where it has no end', async () => {
    let closed: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await serve((_, response) => {
      const more = () => response.write(Buffer.alloc(2 ** 14), more);
      response.on('close', closed);
      more();
    });
    (await get(client(), url)).discard();
    await isClosed;
  });

  it('is not waited for once it is told to end', async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const asking = exchange(client(), {method: 'GET', url: new URL(url), headers: {}, signal: stop.signal});
    stop.abort(new Error('enough'));
    await expect(asking).rejects.toMatchObject({name: 'AbortError'});
  });
});

describe('https', () => {
  it('is believed only with a certificate that is trusted', async (context) => {
    const pair = selfSigned();
    if (pair === undefined) return context.skip('NOT TESTED: openssl is not installed');
    const server = createServer(pair, (_, response) => response.end('x'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const {port} = server.address() as AddressInfo;
    await expect(new WebBucket(`https://127.0.0.1:${port}`).get('x')).rejects.toMatchObject({
      code: 'unreachable',
      retryable: false,
      message: expect.stringContaining("its certificate isn't trusted"),
    });
  });
});

function selfSigned(): {readonly key: Buffer; readonly cert: Buffer} | undefined {
  const folder = temporaryDirectory();
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const argv = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
  ];
  try {
    execFileSync('openssl', argv, {stdio: 'ignore'});
  } catch {
    return undefined;
  }
  return {key: readFileSync(key), cert: readFileSync(cert)};
}
