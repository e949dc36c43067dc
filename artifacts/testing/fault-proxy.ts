import {request as ask, createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export const FAULTS = [
  /** Asks for patience, having done nothing. */
  '503',
  '500',
  '409',
  /** Breaks off before anything was done. */
  'reset before',
  /** Breaks off in the middle of what is sent up. */
  'reset up',
  /** Breaks off in the middle of the answer. */
  'reset down',
  /** One bit of what is sent up. */
  'flip up',
  /** One bit of the answer's body. */
  'flip down',
  /** The answer ends early and cleanly, without having said how long it would be. */
  'short body',
  /** The server did it, and nobody hears of it. */
  'lost answer',
  /** Silence. */
  'black hole',
  /** Slow, and right: must not be taken for silence. */
  'slow body',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultProxyOptions {
  /** `http://127.0.0.1:port` of the real server. */
  readonly target: string;
  /** In [0, 1): decides what happens to whom; the same numbers, the same faults in the same order of requests. */
  readonly random: () => number;
  /** Of all requests, how many meet a fault. */
  readonly rate: number;
  readonly faults?: readonly Fault[];
}

export interface FaultProxy {
  readonly url: string;
  readonly requests: () => number;
  /** How often each fault really happened to a request. */
  readonly injected: ReadonlyMap<Fault, number>;
  close(): Promise<void>;
}

/** A server of S3 as seen over a bad network. HTTP/1.1 on loopback; passes `host` on as it came, since that is signed. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const injected = new Map<Fault, number>(FAULTS.map((fault) => [fault, 0]));
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const fault = choose(request, options);
    const happened = () => fault !== undefined && injected.set(fault, (injected.get(fault) ?? 0) + 1);
    handle({request, response, fault, happened, target: options.target, at: options.random()});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    injected,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One that can happen to this request: nothing can be flipped in nothing. Where bytes are moved, they are what suffers most. */
function choose(
  request: IncomingMessage,
  {random, rate, faults = FAULTS}: FaultProxyOptions,
): Fault | undefined {
  if (random() >= rate) return undefined;
  const up = Number(request.headers['content-length'] ?? 0) > 0;
  // Of an answer to a control call only TCP and TLS know whether it is right; nothing of ours depends on it.
  const bytes = request.method === 'GET' && !(request.url ?? '').includes('?');
  const harmful = faults.filter((fault) => (bytes ? DOWN : UP).has(fault) && (bytes || up));
  const others = faults.filter((fault) => !UP.has(fault) && !DOWN.has(fault));
  const possible = harmful.length > 0 && (others.length === 0 || random() < MOSTLY_BYTES) ? harmful : others;
  return possible[Math.floor(random() * possible.length)];
}

const MOSTLY_BYTES = 0.6;
const UP: ReadonlySet<Fault> = new Set(['reset up', 'flip up']);
const DOWN: ReadonlySet<Fault> = new Set(['reset down', 'flip down', 'short body', 'slow body']);

interface Handled {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
  readonly happened: () => void;
  readonly target: string;
  /** Where in the bytes it happens, in [0, 1). */
  readonly at: number;
}

function handle(handled: Handled): void {
  const {request, fault, happened} = handled;
  switch (fault) {
    case '503':
    case '500':
    case '409':
      happened();
      refuse(handled, Number(fault));
      break;
    case 'reset before':
      happened();
      cut(handled);
      break;
    case 'black hole':
      happened();
      request.resume();
      break;
    default:
      pass(handled);
  }
}

const CODES: Readonly<Record<number, string>> = {
  503: 'SlowDown',
  500: 'InternalError',
  409: 'OperationAborted',
};

function refuse({request, response}: Handled, status: number): void {
  request.resume();
  request.once('end', () => {
    response.writeHead(status, {'content-type': 'application/xml'});
    response.end(
      `<?xml version="1.0"?><Error><Code>${CODES[status]}</Code><Message>injected</Message></Error>`,
    );
  });
}

function cut({request}: Handled): void {
  request.socket.resetAndDestroy();
}

function pass(handled: Handled): void {
  const {request, fault, happened, target, at} = handled;
  const {hostname, port} = new URL(target);
  const {method, url, headers} = request;
  const up = ask({hostname, port, method, path: url, headers}, (answer) => void answerWith(handled, answer));
  up.on('error', () => cut(handled));
  request.on('error', () => up.destroy());
  const where = Math.floor(at * Number(headers['content-length'] ?? 0));
  let sent = 0;
  request.on('data', (chunk: Buffer) => {
    const here = where >= sent && where < sent + chunk.length;
    if (here && (fault === 'reset up' || fault === 'flip up')) happened();
    if (here && fault === 'reset up') {
      up.destroy();
      return cut(handled);
    }
    if (here && fault === 'flip up') flip(chunk, where - sent);
    sent += chunk.length;
    if (!up.write(chunk)) {
      request.pause();
      up.once('drain', () => request.resume());
    }
  });
  request.on('end', () => up.end());
}

function flip(chunk: Buffer, at: number): void {
  chunk[at] = (chunk[at] ?? 0) ^ 1;
}

async function answerWith(handled: Handled, answer: IncomingMessage): Promise<void> {
  const {response, fault, happened} = handled;
  answer.on('error', () => cut(handled));
  if (fault === 'lost answer') {
    for await (const _ of answer);
    happened();
    return cut(handled);
  }
  const chunks: Buffer[] = [];
  if (!DOWN.has(fault ?? '503')) {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    return;
  }
  for await (const chunk of answer) chunks.push(chunk);
  await spoil(handled, answer, Buffer.concat(chunks));
}

/** Whole bodies in memory: the objects of a fault run are small. */
async function spoil(
  {response, fault, happened, at}: Handled,
  answer: IncomingMessage,
  body: Buffer,
): Promise<void> {
  const where = Math.floor(at * body.length);
  const headers = {...answer.headers};
  if (body.length > 0 && answer.statusCode !== undefined && answer.statusCode < 300) happened();
  if (fault === 'short body') {
    delete headers['content-length'];
    response.writeHead(answer.statusCode ?? 502, {...headers, connection: 'close'});
    response.end(body.subarray(0, where));
    return;
  }
  response.writeHead(answer.statusCode ?? 502, headers);
  if (fault === 'flip down' && body.length > 0) flip(body, where);
  if (fault === 'reset down')
    response.write(body.subarray(0, where), () => response.socket?.resetAndDestroy());
  else if (fault === 'slow body') await trickle(response, body);
  else response.end(body);
}

async function trickle(response: ServerResponse, body: Buffer): Promise<void> {
  const step = Math.max(1, Math.ceil(body.length / 5));
  for (let at = 0; at < body.length; at += step) {
    response.write(body.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  response.end();
}
