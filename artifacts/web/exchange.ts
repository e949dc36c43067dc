import type {ClientRequest, IncomingHttpHeaders, IncomingMessage} from 'node:http';
import {BucketError} from '../bucket/bucket-error.ts';
import type {HttpClient} from './http-client.ts';
import {readIncoming} from './read-incoming.ts';
import {noAnswer, nothingCame} from './transport-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  /** With `content-length` when there is a body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
}

/** Bytes, or a way to make them chunk by chunk; a chunk may be overwritten when the next one is asked for. */
export type HttpBody = Uint8Array | (() => Iterable<Uint8Array>);

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of the server, as connected. */
  readonly address: string | undefined;
  /** To be read once. Throws `truncated` when the connection breaks or falls silent before the end. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The beginning of a short answer. Never throws: it is for error messages, and may be half of one. */
  text(): Promise<string>;
  /** For who wants no more of it; the connection is kept when little was left. */
  discard(): void;
}

/** One request and its answer, whatever its status. Throws when there is none. */
export async function exchange(client: HttpClient, request: HttpRequest): Promise<HttpAnswer> {
  const {method, url, headers, body} = request;
  const sent = client.open(url, method, headers);
  const incoming = await answerTo(sent, url, client.idleMs, body);
  // Answered before all was sent: the rest isn't wanted, and this connection is good for nothing else.
  incoming.once('close', () => sent.writableFinished || sent.destroy());
  return toAnswer(sent, incoming, url, client.idleMs);
}

function answerTo(
  sent: ClientRequest,
  url: URL,
  idleMs: number,
  body: HttpBody | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    // Stays for the whole exchange: what happens after the answer is thrown where that is read.
    sent.on('error', (error) => reject(error instanceof BucketError ? error : noAnswer(url, error)));
    const giveUp = () => sent.destroy(nothingCame(url, idleMs));
    sent.once('timeout', giveUp);
    sent.once('response', () => sent.off('timeout', giveUp));
    send(sent, body).catch((error: unknown) => {
      reject(error);
      sent.destroy();
    });
  });
}

async function send(sent: ClientRequest, body: HttpBody | undefined): Promise<void> {
  if (typeof body !== 'function') {
    sent.end(body);
    return;
  }
  let wanted = true;
  for (const over of ['response', 'close'])
    sent.once(over, () => {
      wanted = false;
    });
  for (const chunk of body()) {
    if (!wanted) return;
    await take(sent, chunk);
  }
  sent.end();
}

/** Until the kernel has all of the chunk, so that its memory is free again; or until that no longer matters. */
function take(sent: ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sent.off('response', done).off('close', done);
      resolve();
    };
    sent.once('response', done).once('close', done).write(chunk, done);
  });
}

function toAnswer(sent: ClientRequest, incoming: IncomingMessage, url: URL, idleMs: number): HttpAnswer {
  const chunks = readIncoming(sent, incoming, url, idleMs);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    address: incoming.socket.remoteAddress,
    chunks: () => chunks,
    text: () => beginningOf(chunks),
    discard: () => {
      // Reading a little to its end keeps the connection; a lot is not worth it.
      if (Number(incoming.headers['content-length'] ?? 0) <= LITTLE) incoming.resume();
      else incoming.destroy();
    },
  };
}

const LITTLE = 2 ** 16;

async function beginningOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      all.push(chunk);
      length += chunk.length;
      if (length > LITTLE) break;
    }
  } catch {
    // Half a message says more than none.
  }
  return Buffer.concat(all).toString();
}
