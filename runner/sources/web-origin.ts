import {foreignText, shownUrl} from '../../schemas/foreign-text.ts';
import {FetchError} from './fetch-error.ts';
import type {Ask, GuardedAnswer, GuardedClient} from './guarded-client.ts';
import {networkTrouble} from './network-trouble.ts';
import type {Origin, OriginAnswer} from './origin.ts';
import {retryAfterOrDateMs} from './retry-pace.ts';

export interface WebOriginOptions extends Omit<Ask, 'signal'> {
  readonly client: GuardedClient;
  readonly now: () => number;
  /** What a status means where this origin is more than a web server. */
  readonly explain?: (answer: GuardedAnswer) => FetchError | undefined;
}

/** A file of a web server. Every try begins at the first URL again: what a redirect led to may have expired. */
export function webOrigin(url: URL, options: WebOriginOptions): Origin {
  const {client, headers, bearer} = options;
  const name = nameOf(url);
  return {
    name,
    async open(from, hint, signal) {
      const range = from === 0 ? {} : {range: `bytes=${from}-`, ...(hint !== '' && {'if-range': hint})};
      const answer = await client.get(url, {signal, bearer, headers: {...headers, ...range}});
      if (answer.status === 200 || answer.status === 206) return answerOf(answer, name, from);
      const whole = answer.status === 416 ? sizeOf(answer.headers['content-range']) : undefined;
      answer.body.destroy();
      // Nothing is left to send: what was kept is all there is, or it is of something else.
      if (answer.status === 416)
        return {start: whole === from ? from : 0, size: whole, hint, chunks: nothing(whole, from)};
      throw options.explain?.(answer) ?? statusTrouble(answer, options.now());
    },
  };
}

function answerOf(
  {status, headers, url, body, chunks}: GuardedAnswer,
  name: string,
  from: number,
): OriginAnswer {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    body.destroy();
    throw new FetchError(
      'malformed',
      `${name} comes ${foreignText(encoding, 40)}-encoded though it was asked for as it is`,
    );
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (status === 206 && (range === null || Number(range[1]) !== from)) {
    body.destroy();
    throw new FetchError('malformed', `${name} sends another part than was asked for`);
  }
  const size = status === 206 ? sizeOf(headers['content-range']) : lengthOf(headers['content-length']);
  return {start: status === 206 ? from : 0, size, hint: validatorOf(headers), chunks: chunksOf(chunks, url)};
}

/** If-Range takes no weak ETag, since that would join bytes that are only much the same. */
function validatorOf({etag, 'last-modified': modified}: GuardedAnswer['headers']): string {
  return etag !== undefined && !etag.startsWith('W/') ? etag : (modified ?? '');
}

function lengthOf(header: string | undefined): number | undefined {
  const length = Number(header ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

function sizeOf(range: string | undefined): number | undefined {
  return lengthOf(/\/(\d+)$/.exec(range ?? '')?.[1]);
}

async function* chunksOf(chunks: AsyncIterable<Uint8Array>, url: URL): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw networkTrouble(error, url);
  }
}

async function* nothing(whole: number | undefined, from: number): AsyncGenerator<Uint8Array> {
  if (whole === from) yield new Uint8Array();
  else throw new FetchError('unreachable', 'what was kept is of no use; once more from the start');
}

/** Without what may be a secret in its query. */
function nameOf(url: URL): string {
  return shownUrl(url);
}

export function statusTrouble({status, headers, url}: GuardedAnswer, now: number): FetchError {
  const name = nameOf(url);
  if (status === 401 || status === 403) return new FetchError('denied', `${name}: not allowed (${status})`);
  if (status === 404 || status === 410) return new FetchError('not-there', `${name}: not there (${status})`);
  if (status === 408 || status === 429 || status >= 500) {
    const asked = retryAfterOrDateMs(headers['retry-after'], now);
    return new FetchError(
      'busy',
      `${name}: the server answered ${status}`,
      asked === undefined ? {} : {retryAfterMs: asked},
    );
  }
  return new FetchError('refused', `${name}: the server answered ${status}`);
}

/** A short answer, whole: a list, not a file. */
export async function readAll({chunks: coming, url}: GuardedAnswer, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(coming, url)) {
    size += chunk.length;
    if (size > limit) throw new FetchError('too-large', `${nameOf(url)}: more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
