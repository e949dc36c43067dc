import {createReadStream, statSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';

export interface FolderServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** `GET /path` of every request, in order. */
  readonly requests: readonly string[];
}

/** Any web server, as small as can be: files of a folder, with ranges unless told otherwise. */
export async function serveFolder(folder: string, {ranges = true} = {}): Promise<FolderServer> {
  const requests: string[] = [];
  const url = await serve((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const path = `${folder}${decodeURIComponent(request.url ?? '')}`;
    const size = statSync(path, {throwIfNoEntry: false})?.isFile() === true ? statSync(path).size : undefined;
    if (size === undefined) response.writeHead(404).end();
    else answer(request, response, path, size, ranges);
  });
  return {url, requests};
}

/** A server on loopback for the length of a test. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => {
    const answered = async () => listener(request, response);
    void answered().catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const {port} = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  size: number,
  ranges: boolean,
): void {
  const asked = ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null;
  const from = Number(asked?.[1] ?? 0);
  const last = asked?.[2] ? Math.min(Number(asked[2]), size - 1) : size - 1;
  if (asked !== null && from >= size) {
    response.writeHead(416, {'content-range': `bytes */${size}`}).end();
    return;
  }
  const part = asked === null ? {} : {'content-range': `bytes ${from}-${last}/${size}`};
  response.writeHead(asked === null ? 200 : 206, {'content-length': last + 1 - from, ...part});
  if (request.method === 'HEAD' || size === 0) response.end();
  else createReadStream(path, {start: from, end: last}).pipe(response);
}
