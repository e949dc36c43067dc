import {createWriteStream} from 'node:fs';
import type {IncomingMessage} from 'node:http';
import {get} from 'node:https';
import {pipeline} from 'node:stream/promises';

const MOST_REDIRECTS = 5;
/** A server that sends nothing for this long has forgotten us. */
const SILENCE_MS = 60_000;

/** Writes what `url` gives to `file`, which must not exist. The caller checks the bytes. @throws Error in words. */
export async function fetchHttps(url: string, file: string, signal: AbortSignal): Promise<void> {
  const response = await follow(new URL(url), signal, MOST_REDIRECTS);
  const declared = Number(response.headers['content-length'] ?? Number.NaN);
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await pipeline(response, createWriteStream(file, {flags: 'wx'}), {signal});
  if (Number.isFinite(declared) && received !== declared) {
    throw new Error(`the answer ended after ${received} of ${declared} bytes`);
  }
}

async function follow(url: URL, signal: AbortSignal, redirects: number): Promise<IncomingMessage> {
  if (url.protocol !== 'https:') throw new Error(`it leads to ${url.protocol}//, and only https is fetched`);
  const response = await request(url, signal);
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400 && response.headers.location !== undefined) {
    response.resume();
    if (redirects === 0) throw new Error('it redirects too often');
    return follow(new URL(response.headers.location, url), signal, redirects - 1);
  }
  if (status === 200) return response;
  response.resume();
  throw new Error(`the server answered ${status}`);
}

function request(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = get(url, {signal, timeout: SILENCE_MS}, resolve);
    asked.on('timeout', () => asked.destroy(new Error(`no byte for ${SILENCE_MS / 1000} seconds`)));
    asked.on('error', reject);
  });
}
