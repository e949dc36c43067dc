import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type IncomingMessage, request, type ServerResponse} from 'node:http';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {ResolvedAddress} from './guarded-client.ts';

/** Which addresses of a host may be connected to. Rejects, with a sentence, when none may. */
export type AddressGuard = (url: URL) => Promise<readonly ResolvedAddress[]>;

/** The only way out of a stage that declares a network: a proxy at a Unix socket. */
export interface StageProxy {
  /** Starts it when it is first asked for. */
  socket(): Promise<string>;
  close(): Promise<void>;
}

/** A connection on which nothing moves for this long is forgotten. */
const SILENCE_MS = 300_000;
/** Beginning a connection may not take longer. */
const PATIENCE_MS = 30_000;
/** Each takes two of the runner's descriptors, of which it needs others; a relay opens 256. */
const MOST_CONNECTIONS = 1024;

/**
 * Carries what a stage sends to hosts of the public internet, by CONNECT or as plain HTTP, and to those that the user has
 * allowed. A name is resolved here, and exactly what was judged is connected to; it never speaks to this machine's own
 * services or its network for anybody else.
 */
export function stageProxy(guard: AddressGuard): StageProxy {
  let open: Promise<OpenProxy> | undefined;
  return {
    async socket() {
      open ??= listen(guard);
      return (await open).socket;
    },
    async close() {
      await (await open)?.close();
    },
  };
}

interface OpenProxy {
  readonly socket: string;
  close(): Promise<void>;
}

async function listen(guard: AddressGuard): Promise<OpenProxy> {
  const sockets = new Set<Duplex>();
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing, guard));
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (incoming, socket, head) => void tunnel(incoming, socket, head, guard));
  const folder = mkdtempSync(join(roomForSockets(), 'repro-'));
  const path = join(folder, 'network');
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(path, resolve));
  return {
    socket: path,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

/** A socket's path may have 107 bytes. */
function roomForSockets(): string {
  const folder = tmpdir();
  return Buffer.byteLength(folder) > 80 ? '/tmp' : folder;
}

/** `CONNECT host:port`: bytes, whatever they mean. */
async function tunnel(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  guard: AddressGuard,
): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const url = targetOf(`https://${incoming.url ?? ''}/`);
    const server = await connectTo(url, guard);
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
    if (client.destroyed) server.destroy();
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(head);
    server.pipe(client);
    client.pipe(server);
  } catch (error) {
    const sentence = `repro: ${wordsOf(error)}\n`;
    client.end(
      `HTTP/1.1 403 Refused\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(sentence)}\r\n\r\n${sentence}`,
    );
  }
}

/** `GET http://host/path`: sent on as it came. Whatever either side says, it is their trouble and never the runner's. */
async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  guard: AddressGuard,
): Promise<void> {
  try {
    const url = targetOf(incoming.url ?? '');
    if (url.protocol !== 'http:') throw new Error(`${url.protocol}//${url.host} is asked for by CONNECT`);
    const socket = await connectTo(url, guard);
    outgoing.on('close', () => socket.destroy());
    const answer = await answerTo(incoming, url, socket);
    outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    await pipeline(answer, outgoing);
  } catch (error) {
    // Of an answer that has begun, our words would become a part.
    if (outgoing.headersSent) return void outgoing.destroy();
    outgoing.writeHead(403, {'content-type': 'text/plain'});
    outgoing.end(`repro: ${wordsOf(error)}\n`);
  }
}

function answerTo(incoming: IncomingMessage, url: URL, socket: Socket): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        createConnection: () => socket,
        method: incoming.method,
        path: `${url.pathname}${url.search}`,
        headers: {...endToEnd(incoming.headers), host: url.host, connection: 'close'},
      },
      resolve,
    );
    sent.on('error', reject);
    sent.on('close', () => reject(new Error(`${url.host} gave no answer`)));
    // Here, where it can be caught, Node says what it would not send.
    sent.flushHeaders();
    incoming.pipe(sent);
  });
}

/**
 * Not for who is behind the next hop. `trailer` neither: what it announces is not carried, and Node throws at it where
 * the body is not in chunks.
 */
const HOP = new Set(
  'connection keep-alive proxy-authorization proxy-connection te trailer upgrade'.split(' '),
);

function endToEnd<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name)));
}

function targetOf(text: string): URL {
  if (!URL.canParse(text)) throw new Error('that is no address of a host');
  return new URL(text);
}

/** To the first of the judged addresses that answers. */
async function connectTo(url: URL, guard: AddressGuard): Promise<Socket> {
  const port = Number(url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : url.port);
  let trouble: unknown = new Error(`${url.hostname} has no address`);
  for (const {address} of await guard(url)) {
    try {
      return await connected(address, port);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({host, port});
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`${host} does not answer`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(SILENCE_MS, () => socket.destroy());
      resolve(socket);
    });
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
