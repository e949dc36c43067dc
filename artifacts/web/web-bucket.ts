import type {ByteRange, ReadableBucket, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {checkedKey} from '../bucket/bucket-key.ts';
import {checkedRange} from '../bucket/byte-range.ts';
import {lengthOf, readingOf} from './answer-body.ts';
import {exchange, type HttpAnswer} from './exchange.ts';
import {HttpClient, type HttpClientOptions} from './http-client.ts';
import {isPrivateAddress} from './private-address.ts';
import {rangeHeader} from './range-header.ts';
import {retryAfterMs} from './retry-after.ts';

/**
 * What lies under an address of any web server: a bucket that anyone may read, a folder that is served. No
 * credentials, no listing, no library. Follows redirects, but never out of https, and never from a public
 * server to a private address: that would make us knock at doors that only we can reach.
 */
export class WebBucket implements ReadableBucket {
  readonly name: string;
  readonly #client: HttpClient;
  readonly #publicClient: HttpClient;

  constructor(url: string, options: Omit<HttpClientOptions, 'publicOnly'> = {}) {
    this.name = checkedBase(url);
    this.#client = new HttpClient(options);
    this.#publicClient = new HttpClient({...options, publicOnly: true});
  }

  async size(key: string): Promise<number | undefined> {
    const answer = await this.#ask('HEAD', key);
    answer?.discard();
    if (answer === undefined) return undefined;
    return lengthOf(answer) ?? this.#count(key);
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    const answer = await this.#ask('GET', key, checkedRange(range));
    return answer && readingOf(answer, range, `${this.name}/${key}`);
  }

  async close(): Promise<void> {
    this.#client.close();
    this.#publicClient.close();
  }

  /** Of a server that doesn't say how much it is going to send. */
  async #count(key: string): Promise<number | undefined> {
    const reading = await this.get(key);
    if (reading === undefined || reading.size !== undefined) return reading?.size;
    let size = 0;
    for await (const chunk of reading.chunks) size += chunk.length;
    return size;
  }

  async #ask(method: 'GET' | 'HEAD', key: string, range?: ByteRange): Promise<HttpAnswer | undefined> {
    const first = new URL(`${this.name}/${checkedKey(key)}`);
    const headers = {'accept-encoding': 'identity', ...(range !== undefined && {range: rangeHeader(range)})};
    let url = first;
    let client = this.#client;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await exchange(client, {method, url, headers});
      if (!REDIRECTS.has(answer.status)) return accept(answer, url, method);
      answer.discard();
      const next = redirected(url, answer.headers.location, first);
      if (!isPrivateAddress(answer.address ?? '')) client = this.#publicClient;
      url = next;
    }
    throw new BucketError('refused', `${first.href}: redirects more than ${MOST_REDIRECTS} times`);
  }
}

const MOST_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function checkedBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new BucketError('refused', `not an address of the web: ${JSON.stringify(text)}`);
  if (url.username !== '' || url.password !== '')
    throw new BucketError(
      'refused',
      `${url.host}: a password in an address would be shown to everyone; leave it out`,
    );
  if (url.search !== '' || url.hash !== '')
    throw new BucketError('refused', `${text}: an address with ? or # can't have anything under it`);
  return url.href.replace(/\/+$/, '');
}

function redirected(url: URL, location: string | undefined, first: URL): URL {
  if (location === undefined || !URL.canParse(location, url.href))
    throw new BucketError('refused', `${url.href}: redirects to nowhere`);
  const next = new URL(location, url);
  const mayBeHttp = first.protocol === 'http:';
  if (next.protocol === 'https:' || (next.protocol === 'http:' && mayBeHttp)) return next;
  throw new BucketError('refused', `${url.href}: redirects out of https, to ${next.protocol}//${next.host}`);
}

function accept(answer: HttpAnswer, url: URL, method: string): HttpAnswer | undefined {
  const {status} = answer;
  // A server that does not know HEAD: what it sends is not about the object.
  if (method === 'HEAD' && (status === 405 || status === 501)) return {...answer, headers: {}};
  if (status === 200 || status === 206 || status === 416) return answer;
  answer.discard();
  if (status === 403 || status === 404 || status === 410) return undefined;
  const options = {retryAfterMs: retryAfterMs(answer.headers['retry-after'])};
  if (status === 401)
    throw new BucketError('denied', `${url.href}: wants a password, and this reads without any`);
  if (status === 429 || status === 503)
    throw new BucketError('busy', `${url.host}: asks for patience (${status})`, options);
  if (status >= 500) throw new BucketError('unreachable', `${url.host}: answers ${status}`, options);
  throw new BucketError('refused', `${url.href}: answers ${status}`);
}
