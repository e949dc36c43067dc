import {createServer, type IncomingMessage, type RequestListener} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';
import type {Certificate} from './certificate.ts';

export interface Serving {
  readonly port: number;
  /** All that was asked, in order. */
  readonly asked: readonly IncomingMessage[];
}

export interface ServeOptions {
  readonly certificate?: Certificate;
  readonly host?: string;
  readonly port?: number;
}

/** A web server on loopback for as long as the test takes. */
export async function serve(
  answer: RequestListener,
  {certificate, host = '127.0.0.1', port = 0}: ServeOptions = {},
): Promise<Serving> {
  const asked: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request);
    answer(request, response);
  };
  const server =
    certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {port: (server.address() as AddressInfo).port, asked};
}
