import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import type {RequestListener} from 'node:http';
import {createServer, globalAgent} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished, type TestContext} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {findProgram} from '../executors/find-program.ts';
import {fetchHttps} from './fetch-https.ts';

const NEVER = new AbortController().signal;

/** A server with a certificate of its own, which this process trusts for as long as the test takes. */
async function serve(context: TestContext, answer: RequestListener): Promise<string> {
  const openssl = findProgram('openssl', process.env.PATH ?? '');
  context.skip(openssl === undefined, 'NOT TESTED: openssl is not installed');
  const folder = temporaryDirectory();
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      ...subject,
    ],
    {stdio: 'ignore'},
  );
  const server = createServer({key: readFileSync(key), cert: readFileSync(cert)}, answer);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const trusted = globalAgent.options.ca;
  globalAgent.options.ca = readFileSync(cert);
  onTestFinished(() => {
    globalAgent.options.ca = trusted;
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

/** What was written, or in which words it failed. */
async function fetched(url: string, signal = NEVER): Promise<string> {
  const file = join(temporaryDirectory(), 'file');
  try {
    await fetchHttps(url, file, signal);
    return readFileSync(file, 'utf8');
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : error}`;
  }
}

describe('fetching over https', () => {
  it('writes what the server gives, also after a redirect', async (context) => {
    const url = await serve(context, ({url}, response) => {
      if (url === '/old') response.writeHead(302, {location: '/new'}).end();
      else response.end('hello');
    });
    expect(await fetched(`${url}/new`)).toBe('hello');
    expect(await fetched(`${url}/old`)).toBe('hello');
  });

  it('fails in words: not there, in circles, to somewhere unsafe, cut short', async (context) => {
    const url = await serve(context, ({url}, response) => {
      if (url === '/absent') response.writeHead(404).end('no');
      if (url === '/circle') response.writeHead(301, {location: '/circle'}).end();
      if (url === '/unsafe') response.writeHead(301, {location: 'http://localhost/x'}).end();
      if (url === '/short')
        response.writeHead(200, {'content-length': 100}).write('hel', () => response.destroy());
    });
    expect(await fetched(`${url}/absent`)).toBe('failed: the server answered 404');
    expect(await fetched(`${url}/circle`)).toBe('failed: it redirects too often');
    expect(await fetched(`${url}/unsafe`)).toBe('failed: it leads to http://, and only https is fetched');
    expect(await fetched(`${url}/short`)).toBe('failed: aborted');
    expect(await fetched('http://localhost/x')).toBe(
      'failed: it leads to http://, and only https is fetched',
    );
  });

  it('does not take a certificate that nobody vouches for', async (context) => {
    const url = await serve(context, (_, response) => response.end('hello'));
    globalAgent.options.ca = '';
    globalAgent.destroy();
    expect(await fetched(url)).toMatch(/^failed: .*certificate/i);
  });

  it('ends when it is told to', async (context) => {
    const stop = new AbortController();
    const url = await serve(context, (_, response) => {
      response.writeHead(200).write('hel', () => stop.abort());
    });
    expect(await fetched(url, stop.signal)).toMatch(/^failed: .*abort/i);
  });

  it('never writes over a file', async (context) => {
    const url = await serve(context, (_, response) => response.end('hello'));
    const file = join(temporaryDirectory(), 'file');
    await fetchHttps(url, file, NEVER);
    await expect(fetchHttps(url, file, NEVER)).rejects.toThrow('EEXIST');
    expect(existsSync(file)).toBe(true);
  });
});
