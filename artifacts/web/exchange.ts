import type {ClientRequest, IncomingHttpHeaders, IncomingMessage} from 'node:http';
import {type PaceLaw, unhurried} from '../bucket/pace-law.ts';
import {answerTo, type HttpBody, type TransportTrouble} from './answer-to.ts';
import type {HttpClient} from './http-client.ts';
import {readIncoming} from './read-incoming.ts';

export type {HttpBody} from './answer-to.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  /** With `content-length` when there is a body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  /** Ends it, with its answer; what is thrown then is the signal's own. */
  readonly signal?: AbortSignal | undefined;
  /** The server has much to do before it can answer, and says so with a blank now and then. */
  readonly unhurried?: boolean | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of the server, as connected; undefined where the system had forgotten it as soon as there was a connection. */
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
  const {method, url, headers, body, signal} = request;
  const law = request.unhurried === true ? unhurried(client.law) : client.law;
  const sent = client.open(url, {method, headers, ...(signal !== undefined && {signal})});
  const address = connectedTo(sent);
  const trouble = client.trouble(url, client.law);
  const because = (error: Error) => (signal?.aborted === true ? error : trouble.because(error));
  const incoming = await answerTo(sent, body, law, {...trouble, because});
  // Answered before all was sent: the rest isn't wanted, and this connection is good for nothing else.
  incoming.once('close', () => sent.writableFinished || sent.destroy());
  return toAnswer(incoming, law, client.trouble(url, law), address());
}

/**
 * Whom a request is sent to. Asked at the moment of connecting: of a connection that its other side has closed
 * the system knows nothing any more, and a server may close it with its answer.
 */
function connectedTo(sent: ClientRequest): () => string | undefined {
  let address: string | undefined;
  sent.once('socket', (socket) => {
    const look = () => {
      address = socket.remoteAddress;
    };
    if (socket.connecting) socket.once('connect', look);
    else look();
  });
  return () => address;
}

function toAnswer(
  incoming: IncomingMessage,
  law: PaceLaw,
  trouble: TransportTrouble,
  address: string | undefined,
): HttpAnswer {
  const chunks = readBody(incoming, law, trouble);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    address,
    chunks: () => chunks,
    text: () => beginningOf(chunks),
    discard: () => discard(incoming),
  };
}

/** Reading a little to its end keeps the connection; a lot is not worth it, and a server may send without end. */
function discard(incoming: IncomingMessage): void {
  let left = LITTLE;
  if (Number(incoming.headers['content-length'] ?? 0) > left) incoming.destroy();
  else
    incoming.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) incoming.destroy();
    });
}

function readBody(
  incoming: IncomingMessage,
  law: PaceLaw,
  trouble: TransportTrouble,
): AsyncGenerator<Uint8Array> {
  const chunks = readIncoming(incoming, law, trouble);
  return told();

  async function* told(): AsyncGenerator<Uint8Array> {
    let at = 0;
    try {
      for await (const chunk of chunks) {
        at += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw trouble.brokenOff(at, error);
    }
  }
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
