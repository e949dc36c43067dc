import {
  type AddressCheck,
  checkedAddresses,
  hostOf,
  RefusedAddress,
  type Resolve,
  type ResolvedAddress,
} from '../../artifacts/web/checked-addresses.ts';
import {exchange, type HttpAnswer} from '../../artifacts/web/exchange.ts';
import type {HttpClientOptions} from '../../artifacts/web/http-client.ts';
import {HttpClient} from '../../artifacts/web/http-client.ts';
import {refusedAddress} from '../../artifacts/web/public-address.ts';
import {type BadRedirect, follow, MOST_REDIRECTS} from '../../artifacts/web/redirects.ts';
import {foreignText, shownUrl} from '../../schemas/foreign-text.ts';
import type {AllowedHosts} from './allowed-hosts.ts';
import {FetchError} from './fetch-error.ts';
import {allowing, inside, sourceTroubleWith} from './network-trouble.ts';

export type {Resolve, ResolvedAddress} from '../../artifacts/web/checked-addresses.ts';

export interface ClientOptions extends Pick<HttpClientOptions, 'idleMs' | 'clock' | 'authorities'> {
  readonly allowed: AllowedHosts;
  /** The resolver; a stub in tests. */
  readonly resolve?: Resolve;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly bearer?: Bearer | undefined;
  readonly signal: AbortSignal;
}

/** A token, and the only origin that may ever see it. */
export interface Bearer {
  readonly origin: string;
  readonly token: string;
}

export interface GuardedAnswer extends HttpAnswer {
  /** Where the redirects led. */
  readonly url: URL;
}

/**
 * The web's client (artifacts/web) with the policy of sources: asks for what strangers name, and only where strangers
 * may send us: over https, at public addresses, or where the user allowed it. A name is resolved once for each
 * connection, what it resolves to is checked, and exactly that is connected to, so a name that resolves to another
 * address a moment later gains nothing. Redirects are asked for by the same rules.
 */
export class GuardedClient {
  readonly #allowed: AllowedHosts;
  readonly #resolve: Resolve | undefined;
  readonly #http: HttpClient;

  constructor({allowed, resolve, ...options}: ClientOptions) {
    this.#allowed = allowed;
    this.#resolve = resolve;
    const check = (url: URL) => this.#checkFor(url);
    this.#http = new HttpClient({...options, check, trouble: sourceTroubleWith});
  }

  /** Whatever the status: only redirects are followed. @throws FetchError */
  async get(first: URL, {headers, bearer, signal}: Ask): Promise<GuardedAnswer> {
    const ask = async (url: URL) => {
      this.#judge(url);
      const own = bearer?.origin === url.origin ? {authorization: `Bearer ${bearer.token}`} : {};
      return exchange(this.#http, {method: 'GET', url, headers: {...PLAIN, ...headers, ...own}, signal});
    };
    const {answer, url} = await follow(first, {ask, refusal});
    return {...answer, url};
  }

  /** Which checked addresses a host has. @throws FetchError when it has none that may be asked. */
  async addresses(url: URL): Promise<readonly ResolvedAddress[]> {
    try {
      return await checkedAddresses(hostOf(url), this.#checkFor(url));
    } catch (error) {
      throw error instanceof RefusedAddress ? inside(url, error) : error;
    }
  }

  close(): void {
    this.#http.close();
  }

  /** What of a URL shows before anybody is asked; its addresses the client checks as it connects. */
  #judge(url: URL): void {
    const {protocol, username, password} = url;
    const isPlain = protocol === 'http:' && this.#allowed.has(url);
    if (protocol !== 'https:' && !isPlain) {
      const asked = foreignText(`${protocol}//${url.host}`);
      throw new FetchError('bad-url', `${asked} is not fetched: only https is`, {
        ...(protocol === 'http:' && {help: allowing(url)}),
      });
    }
    if (username !== '' || password !== '') throw hasUserName(url);
  }

  #checkFor(url: URL): AddressCheck {
    return {refused: this.#allowed.has(url) ? () => undefined : refusedAddress, resolve: this.#resolve};
  }
}

const PLAIN = {'accept-encoding': 'identity', 'user-agent': 'repro'};

function refusal(redirect: BadRedirect): FetchError {
  const {host} = redirect.from;
  switch (redirect.why) {
    case 'nowhere': {
      const {status, headers} = redirect.answer;
      if (headers.location !== undefined) return new FetchError('malformed', `${host} redirects to no URL`);
      return new FetchError('refused', `${shownUrl(redirect.from)}: the server answered ${status}`);
    }
    case 'user-name':
      return hasUserName(redirect.to);
    case 'out-of-https': {
      const to = foreignText(`${redirect.to.protocol}//${redirect.to.host}`);
      return new FetchError('bad-url', `${host} redirects to ${to}, and only https is followed`);
    }
    case 'too-many':
      return new FetchError('too-many-redirects', `${host} redirects more than ${MOST_REDIRECTS} times`);
  }
}

function hasUserName({host}: URL): FetchError {
  return new FetchError('bad-url', `a URL at ${host} has a user name in it`);
}
