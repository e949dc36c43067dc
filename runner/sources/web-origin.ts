import {lengthOf, partIn, sizeAfterSlash} from '../../artifacts/web/answer-body.ts';
import {rangeHeader} from '../../artifacts/web/range-header.ts';
import {retryAfterMs} from '../../artifacts/web/retry-after.ts';
import {foreignText, shownUrl} from '../../schemas/foreign-text.ts';
import {FetchError} from './fetch-error.ts';
import type {Ask, GuardedAnswer, GuardedClient} from './guarded-client.ts';
import type {Origin, OriginAnswer} from './origin.ts';

export interface WebOriginOptions extends Omit<Ask, 'signal'> {
  readonly client: GuardedClient;
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
      const range = from === 0 ? {} : {range: rangeHeader({from}), ...(hint !== '' && {'if-range': hint})};
      const answer = await client.get(url, {signal, bearer, headers: {...headers, ...range}});
      if (answer.status === 200 || answer.status === 206) return answerOf(answer, name, from);
      const whole = answer.status === 416 ? sizeAfterSlash(answer) : undefined;
      answer.discard();
      // Nothing is left to send: what was kept is all there is, or it is of something else.
      if (answer.status === 416)
        return {start: whole === from ? from : 0, size: whole, hint, chunks: nothing(whole, from)};
      throw options.explain?.(answer) ?? statusTrouble(answer);
    },
  };
}

function answerOf(answer: GuardedAnswer, name: string, from: number): OriginAnswer {
  const {status, headers} = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    answer.discard();
    throw new FetchError(
      'malformed',
      `${name} comes ${foreignText(encoding, 40)}-encoded though it was asked for as it is`,
    );
  }
  if (status === 206 && partIn(answer)?.first !== from) {
    answer.discard();
    throw new FetchError('malformed', `${name} sends another part than was asked for`);
  }
  const size = status === 206 ? sizeAfterSlash(answer) : lengthOf(answer);
  return {start: status === 206 ? from : 0, size, hint: validatorOf(headers), chunks: answer.chunks()};
}

/** If-Range takes no weak ETag, since that would join bytes that are only much the same. */
function validatorOf({etag, 'last-modified': modified}: GuardedAnswer['headers']): string {
  return etag !== undefined && !etag.startsWith('W/') ? etag : (modified ?? '');
}

async function* nothing(whole: number | undefined, from: number): AsyncGenerator<Uint8Array> {
  if (whole === from) yield new Uint8Array();
  else throw new FetchError('unreachable', 'what was kept is of no use; once more from the start');
}

/** Without what may be a secret in its query. */
function nameOf(url: URL): string {
  return shownUrl(url);
}

export function statusTrouble({status, headers, url}: GuardedAnswer): FetchError {
  const name = nameOf(url);
  if (status === 401 || status === 403) return new FetchError('denied', `${name}: not allowed (${status})`);
  if (status === 404 || status === 410) return new FetchError('not-there', `${name}: not there (${status})`);
  if (status === 408 || status === 429 || status >= 500) {
    const asked = retryAfterMs(headers);
    return new FetchError(
      'busy',
      `${name}: the server answered ${status}`,
      asked === undefined ? {} : {retryAfterMs: asked},
    );
  }
  return new FetchError('refused', `${name}: the server answered ${status}`);
}

/** A short answer, whole: a list, not a file. */
export async function readAll(answer: GuardedAnswer, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    size += chunk.length;
    if (size > limit) throw new FetchError('too-large', `${nameOf(answer.url)}: more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
