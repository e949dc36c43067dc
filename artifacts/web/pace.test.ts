import {createServer, type Server, type Socket} from 'node:net';
import {describe, expect, it, onTestFinished} from 'vitest';
import {paceLaw} from '../bucket/pace-law.ts';
import {type VirtualClock, virtualClock} from '../testing/virtual-clock.ts';
import {exchange, type HttpRequest} from './exchange.ts';
import {HttpClient} from './http-client.ts';
import {PaceWatch} from './pace-watch.ts';

describe('the law of pace', () => {
  const watched = () => {
    const clock = virtualClock();
    const givenUp: number[] = [];
    return {clock, givenUp, watch: new PaceWatch(paceLaw(20_000, clock), (brought) => givenUp.push(brought))};
  };

  it('gives up whoever brings a byte a second, after one window', () => {
    const {clock, givenUp, watch} = watched();
    for (let second = 0; second < 60 && givenUp.length === 0; second++) {
      watch.wait();
      clock.pass(1000);
      watch.took(1);
    }
    expect([givenUp, clock.now()]).toEqual([[19], 20_000]);
  });

  it('has all patience with whoever brings a hundred bytes a second', () => {
    const {clock, givenUp, watch} = watched();
    for (let second = 0; second < 3600; second++) {
      watch.wait();
      clock.pass(1000);
      watch.took(110);
    }
    expect(givenUp).toEqual([]);
  });

  it('counts no time in which nobody waits', () => {
    const {clock, givenUp, watch} = watched();
    for (let turn = 0; turn < 100; turn++) {
      watch.wait();
      clock.pass(100);
      watch.took(20);
      clock.pass(60_000);
    }
    expect([givenUp, clock.waiting()]).toEqual([[], 0]);
  });

  it('leaves no timer behind', () => {
    const {clock, watch} = watched();
    watch.wait();
    expect(clock.waiting()).toBe(1);
    watch.stop();
    expect(clock.waiting()).toBe(0);
  });
});

/** What a server sends, a piece each time that the test lets time pass; and nothing more after the last one. */
interface Drip {
  readonly name: string;
  readonly pieces: (at: number) => string;
  readonly request?: Partial<HttpRequest>;
  readonly words: RegExp;
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n';
const once = (first: string, then: string) => (at: number) => (at === 0 ? first : then);

/** One after the other, all the ways to keep somebody waiting that we know of. */
const DRIPS: readonly Drip[] = [
  {name: 'nothing at all', pieces: () => '', words: /nothing came for 20 s/},
  {
    name: 'a head, byte by byte',
    pieces: (at) => `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(999)}`[at] ?? 'x',
    words: /is too slow: \d+ bytes/,
  },
  {name: 'endless headers', pieces: once('HTTP/1.1 200 OK\r\n', 'A: b\r\n'), words: /is too slow/},
  {name: '100 Continue, for ever', pieces: () => 'HTTP/1.1 100 Continue\r\n\r\n', words: /is too slow/},
  {
    name: '103 Early Hints, for ever',
    pieces: () => 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n',
    words: /is too slow/,
  },
  {name: 'a head, then nothing', pieces: once(HEAD, ''), words: /nothing came for 20 s/},
  {name: 'a body, byte by byte', pieces: once(HEAD, 'x'), words: /is too slow: \d+ bytes in 20 s/},
  {
    name: 'chunks of a byte',
    pieces: once('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'),
    words: /is too slow/,
  },
  {name: 'a body without a length', pieces: once('HTTP/1.1 200 OK\r\n\r\n', 'x'), words: /is too slow/},
  {
    name: 'an error’s text, byte by byte',
    pieces: once(HEAD.replace('200 OK', '500 No'), 'x'),
    words: /is too slow/,
  },
  {
    name: 'no answer to what was sent',
    pieces: () => '',
    request: {method: 'PUT', headers: {'content-length': '3'}, body: Buffer.from('abc')},
    words: /nothing came/,
  },
  {
    name: 'no answer to much that was sent',
    pieces: () => '',
    request: {method: 'PUT', headers: {'content-length': '400000'}, body: () => [Buffer.alloc(400_000)]},
    words: /nothing came/,
  },
];

describe('a client that is closed', () => {
  it('waits for no answer that came whole and was not read', async () => {
    const clock = virtualClock();
    const client = new HttpClient({clock});
    const {url, sockets} = await listen();
    const asked = exchange(client, {method: 'GET', url, headers: {}});
    while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const socket of sockets) await written(socket, `${HEAD.replace('100000', '3')}abc`);
    const answer = await asked;
    // Its reader asks for no byte, as one who has read the size and wants none of it.
    await answer.chunks()[Symbol.asyncIterator]().return?.();
    client.close();
    while (clock.waiting() > 0 && sockets.some(({destroyed}) => !destroyed))
      await new Promise((resolve) => setImmediate(resolve));
    expect(clock.waiting()).toBe(0);
  });
});

describe('a server that keeps us waiting', () => {
  it.for(DRIPS)('by $name', async ({pieces, request, words}) => {
    const clock = virtualClock();
    const client = new HttpClient({clock});
    const {url, sockets} = await listen();
    const ended = outcome(client, {method: 'GET', url, headers: {}, ...request});
    const held = await hold(ended.promise, clock, sockets, pieces);
    expect(held.words).toMatch(words);
    expect(held.words).toContain('REPRO_PATIENCE=120 (seconds)');
    // Two windows, and what the test lets pass until it has noticed.
    expect(held.seconds).toBeLessThanOrEqual(70);
    client.close();
    expect(clock.waiting()).toBe(0);
  });

  it('by nothing, on a connection that has answered before', async () => {
    const clock = virtualClock();
    const client = new HttpClient({clock});
    const {url, sockets} = await listen();
    const first = outcome(client, {method: 'GET', url, headers: {}});
    const answer = once(HEAD.replace('100000', '3'), 'abc');
    expect((await hold(first.promise, clock, sockets, answer)).words).toBe('200, 3 bytes');
    const second = outcome(client, {method: 'GET', url, headers: {}});
    const held = await hold(second.promise, clock, sockets, () => '');
    expect(sockets).toHaveLength(1);
    expect(held.words).toMatch(/nothing came for 20 s/);
    expect(held.seconds).toBeLessThanOrEqual(35);
    client.close();
  });

  it('is not one that is only slow', async () => {
    const clock = virtualClock();
    const client = new HttpClient({clock});
    const {url, sockets} = await listen();
    const ended = outcome(client, {method: 'GET', url, headers: {}});
    const pieces = once(HEAD.replace('100000', '30000'), 'x'.repeat(300));
    const held = await hold(ended.promise, clock, sockets, pieces);
    expect(held.words).toBe('200, 30000 bytes');
    expect(held.seconds).toBeGreaterThan(95);
    client.close();
  });
});

function outcome(client: HttpClient, request: HttpRequest): {readonly promise: Promise<string>} {
  const run = async () => {
    const answer = await exchange(client, request);
    let read = 0;
    for await (const chunk of answer.chunks()) read += chunk.length;
    return `${answer.status}, ${read} bytes`;
  };
  return {promise: run().catch((error: unknown) => String(error))};
}

/** Lets a second pass, and a piece come, again and again until it is over. Real time decides nothing. */
async function hold(
  ended: Promise<string>,
  clock: VirtualClock,
  sockets: readonly Socket[],
  pieces: (at: number) => string,
): Promise<{readonly words: string; readonly seconds: number}> {
  let words: string | undefined;
  void ended.then((text) => {
    words = text;
  });
  const connected = () => new Promise((resolve) => setImmediate(resolve));
  while (sockets.length === 0) await connected();
  let at = 0;
  for (; words === undefined && at < 500; at++) {
    for (const socket of sockets) if (!socket.destroyed) await written(socket, pieces(at));
    clock.pass(1000);
  }
  return {words: words ?? 'it goes on for ever', seconds: at};
}

/** Until the client has had its turns to see it. */
async function written(socket: Socket, piece: string): Promise<void> {
  if (piece !== '') await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function listen(): Promise<{readonly url: URL; readonly sockets: readonly Socket[]}> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {url: new URL(`http://127.0.0.1:${port}/x`), sockets};
}
