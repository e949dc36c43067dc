import type {ServerResponse} from 'node:http';
import {describe, expect, it} from 'vitest';
import {FolderBucket} from '../folder/folder-bucket.ts';
import {collect, describeReadableBucket} from '../testing/describe-bucket.ts';
import {drawnBytes} from '../testing/drawn-bytes.ts';
import {serve, serveFolder} from '../testing/serve-folder.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {virtualClock} from '../testing/virtual-clock.ts';
import {WebBucket} from './web-bucket.ts';

for (const ranges of [true, false])
  describeReadableBucket(`a folder on the web, ${ranges ? 'with' : 'without'} ranges`, async () => {
    const folder = temporaryDirectory();
    const {url} = await serveFolder(folder, {ranges});
    return {writable: new FolderBucket(folder), readable: new WebBucket(`${url}/`)};
  });

describe('what a web server answers', () => {
  const answers: readonly [status: number, expected: unknown][] = [
    [403, undefined],
    [404, undefined],
    [410, undefined],
    [401, {code: 'denied', retryable: false}],
    [418, {code: 'refused', retryable: false}],
    [429, {code: 'busy', retryable: true, retryAfterMs: 7000}],
    [503, {code: 'busy', retryable: true, retryAfterMs: 7000}],
    [500, {code: 'unreachable', retryable: true}],
  ];
  for (const [status, expected] of answers)
    it(`${status} is ${expected === undefined ? 'nothing there' : JSON.stringify(expected)}`, async () => {
      const url = await serve((_, response) => response.writeHead(status, {'retry-after': '7'}).end('no'));
      const asking = new WebBucket(url).get('x');
      if (expected === undefined) expect(await asking).toBeUndefined();
      else await expect(asking).rejects.toMatchObject(expected as object);
    });

  it('nobody is there', async () => {
    await expect(new WebBucket('http://127.0.0.1:1').get('x')).rejects.toThrow(
      '127.0.0.1:1: nothing answers there (ECONNREFUSED)',
    );
  });
});

describe('a body that ends early', () => {
  const endings: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'with a reset': (response) => {
      response.writeHead(200, {'content-length': 1000});
      response.write(Buffer.alloc(300), () => response.socket?.resetAndDestroy());
    },
    'cleanly, though a length was announced': (response) => {
      response.writeHead(200, {'content-length': 1000});
      response.write(Buffer.alloc(300), () => response.socket?.end());
    },
    'cleanly, without a length, where a range says it': (response) => {
      response.writeHead(206, {'content-range': 'bytes 0-999/1000', connection: 'close'});
      response.end(Buffer.alloc(300));
    },
    'by falling silent': (response) => {
      response.writeHead(200, {'content-length': 1000});
      response.write(Buffer.alloc(300));
    },
  };
  for (const [how, end] of Object.entries(endings))
    it(`${how} is an error`, async () => {
      const url = await serve((_, response) => end(response));
      const reading = await new WebBucket(url, {idleMs: 300}).get('x', {from: 0});
      if (reading === undefined) throw new Error('nothing');
      await expect(collect(reading)).rejects.toMatchObject({code: 'truncated', retryable: true});
    });

  it('without any length can’t be known: its size is undefined', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, {connection: 'close'}).end('x'.repeat(300)),
    );
    const bucket = new WebBucket(url);
    const reading = await bucket.get('x');
    expect(reading?.size).toBeUndefined();
    expect(reading && (await collect(reading)).length).toBe(300);
    expect(await bucket.size('x')).toBe(300);
  });

  it('is not what a slow reader sees', async () => {
    const bytes = drawnBytes(4_000_000);
    const url = await serve((_, response) =>
      response.writeHead(200, {'content-length': bytes.length}).end(bytes),
    );
    const clock = virtualClock();
    const reading = await new WebBucket(url, {idleMs: 200, clock}).get('x');
    let read = 0;
    for await (const chunk of reading?.chunks ?? []) {
      read += chunk.length;
      // A rest of the reader's own, longer than any server may be silent.
      clock.pass(300);
    }
    expect(read).toBe(bytes.length);
  });

  it('nor is a black hole waited for', async () => {
    const url = await serve(() => undefined);
    await expect(new WebBucket(url, {idleMs: 200}).get('x')).rejects.toThrow(/nothing came for 0\.2 s/);
  });
});

describe('redirects', () => {
  it('are followed five times', async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.split('/').pop());
      if (left === 0) response.end('there');
      else response.writeHead(302, {location: `./${left - 1}`}).end();
    });
    const reading = await new WebBucket(url).get('5');
    expect(reading && (await collect(reading)).toString()).toBe('there');
    await expect(new WebBucket(url).get('6')).rejects.toThrow(/redirects more than 5 times/);
  });

  for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/x', 'gopher://x/', 'http://['])
    it(`never lead to ${location}`, async () => {
      const url = await serve((_, response) => response.writeHead(302, {location}).end());
      await expect(new WebBucket(url).get('x')).rejects.toMatchObject({code: 'refused'});
    });
});
