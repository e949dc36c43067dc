import {foreignText, shownUrl, withoutSecrets} from '../../schemas/foreign-text.ts';
import type {ByteRange, ReadableBucket, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {checkedKey, urlPathOf} from '../bucket/bucket-key.ts';
import {checkedRange} from '../bucket/byte-range.ts';
import {lengthOf, readingOf} from './answer-body.ts';
import type {Resolve} from './checked-addresses.ts';
import {exchange, type HttpAnswer} from './exchange.ts';
import {HttpClient, type HttpClientOptions} from './http-client.ts';
import {rangeHeader} from './range-header.ts';
import {narrower, type Reach, reachOf, refusedFrom} from './reach.ts';
import {type BadRedirect, follow, MOST_REDIRECTS} from './redirects.ts';
import {retryAfterMs} from './retry-after.ts';

/**
 * What lies under an address of any web server: a bucket that anyone may read, a folder that is served. No
 * credentials, no listing, no library. Follows redirects, but never out of https, and never further in than the
 * server that sends us there (reach.ts): that would make us knock at doors that only we can reach.
 */
export class WebBucket implements ReadableBucket {
  readonly name: string;
  readonly #options: HttpClientOptions;
  readonly #resolve: Resolve | undefined;
  /** One for each reach: a connection that one of them made is not another's. */
  readonly #clients = new Map<Reach | 'anywhere', HttpClient>();

  constructor(url: string, options: Omit<HttpClientOptions, 'check'> & {readonly resolve?: Resolve} = {}) {
    this.name = checkedBase(url);
    this.#options = options;
    this.#resolve = options.resolve;
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
    for (const client of this.#clients.values()) client.close();
  }

  #client(reach: Reach | 'anywhere'): HttpClient {
    const known = this.#clients.get(reach);
    if (known !== undefined) return known;
    const refused = reach === 'anywhere' ? () => undefined : refusedFrom(reach);
    const made = new HttpClient({...this.#options, check: () => ({refused, resolve: this.#resolve})});
    this.#clients.set(reach, made);
    return made;
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
    const first = new URL(`${this.name}/${urlPathOf(checkedKey(key))}`);
    const headers = {'accept-encoding': 'identity', ...(range !== undefined && {range: rangeHeader(range)})};
    let reach: Reach | 'anywhere' = 'anywhere';
    const ask = async (url: URL) => {
      const answer = await exchange(this.#client(reach), {method, url, headers});
      const here = reachOf(answer.address);
      reach = reach === 'anywhere' ? here : narrower(reach, here);
      return answer;
    };
    const {answer, url} = await follow(first, {ask, refusal});
    return accept(answer, url, method);
  }
}

function checkedBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new BucketError(
      'refused',
      `not an address of the web: ${foreignText(JSON.stringify(withoutSecrets(text)))}`,
    );
  if (url.username !== '' || url.password !== '')
    throw new BucketError(
      'refused',
      `${url.host}: a password in an address would be shown to everyone; leave it out`,
    );
  if (url.search !== '' || url.hash !== '')
    throw new BucketError('refused', `${shownUrl(url)}: an address with ? or # can't have anything under it`);
  return url.href.replace(/\/+$/, '');
}

function refusal(redirect: BadRedirect): BucketError {
  const from = shownUrl(redirect.from);
  switch (redirect.why) {
    case 'nowhere':
      return new BucketError('refused', `${from}: redirects to nowhere`);
    case 'user-name':
      return new BucketError('refused', `${from}: redirects to an address with a user name in it`);
    case 'out-of-https': {
      const to = foreignText(`${redirect.to.protocol}//${redirect.to.host}`);
      return new BucketError('refused', `${from}: redirects out of https, to ${to}`);
    }
    case 'too-many':
      return new BucketError('refused', `${from}: redirects more than ${MOST_REDIRECTS} times`);
  }
}

function accept(answer: HttpAnswer, url: URL, method: string): HttpAnswer | undefined {
  const {status} = answer;
  // A server that does not know HEAD: what it sends is not about the object.
  if (method === 'HEAD' && (status === 405 || status === 501)) return {...answer, headers: {}};
  if (status === 200 || status === 206 || status === 416) return answer;
  answer.discard();
  if (status === 403 || status === 404 || status === 410) return undefined;
  const options = {retryAfterMs: retryAfterMs(answer.headers)};
  if (status === 401)
    throw new BucketError('denied', `${shownUrl(url)}: wants a password, and this reads without any`);
  if (status === 429 || status === 503)
    throw new BucketError('busy', `${url.host}: asks for patience (${status})`, options);
  if (status >= 500) throw new BucketError('unreachable', `${url.host}: answers ${status}`, options);
  throw new BucketError('refused', `${shownUrl(url)}: answers ${status}`);
}
