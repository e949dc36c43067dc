import type {IncomingMessage, ServerResponse} from 'node:http';
import {serve} from './serve-folder.ts';

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface PretendS3 {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly kept: ReadonlyMap<string, Buffer>;
}

/** Answers a request itself, or leaves it to the rest by answering nothing. */
export type Interference = (asked: Asked, response: ServerResponse) => unknown;

/**
 * A server that keeps what it is given and looks at no signature, no digest and no condition: for what real servers
 * rarely do, which the test says itself. A double, so never a proof that something works.
 */
export async function pretendS3(interfere: Interference = () => undefined): Promise<PretendS3> {
  const asked: Asked[] = [];
  const kept = new Map<string, Buffer>();
  const url = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const {method = '', url: path = '', headers} = request;
    const one = {method, path, headers, body: Buffer.concat(chunks)};
    asked.push(one);
    interfere(one, response);
    if (!response.writableEnded) answer(one, response, kept);
  });
  return {url, asked, kept};
}

function answer({method, path, body}: Asked, response: ServerResponse, kept: Map<string, Buffer>): void {
  const bytes = kept.get(path);
  if (method === 'PUT') kept.set(path, body);
  if (method === 'PUT') response.end();
  else if (method === 'POST' && path.endsWith('?delete=')) response.end('<DeleteResult></DeleteResult>');
  else if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(200, {'content-length': bytes.length}).end(method === 'HEAD' ? undefined : bytes);
}

/** As S3 says no. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers);
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`);
}
