import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from 'node:http';
import {Agent, request as secureRequest} from 'node:https';
import {isIP} from 'node:net';
import {rootCertificates} from 'node:tls';
import type {Clock} from '../../artifacts/bucket/clock.ts';
import {type PaceLaw, paceLaw} from '../../artifacts/bucket/pace-law.ts';
import {answerTo} from '../../artifacts/web/answer-to.ts';
import {
  checkedAddresses,
  checkedLookup,
  hostOf,
  RefusedAddress,
  type Resolve,
  type ResolvedAddress,
} from '../../artifacts/web/checked-addresses.ts';
import {refusedAddress} from '../../artifacts/web/public-address.ts';
import {readIncoming} from '../../artifacts/web/read-incoming.ts';
import {foreignText} from '../../schemas/foreign-text.ts';
import {ALLOW_VARIABLE, type AllowedHosts} from './allowed-hosts.ts';
import {FetchError} from './fetch-error.ts';
import {sourceTroubleWith} from './network-trouble.ts';

export type {Resolve, ResolvedAddress} from '../../artifacts/web/checked-addresses.ts';

export interface ClientOptions {
  readonly allowed: AllowedHosts;
  /** The resolver; a stub in tests. */
  readonly resolve?: Resolve;
  /** How long a server may keep us waiting: artifacts/bucket/pace-law.ts. */
  readonly silenceMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Whose certificates are taken, beside Node's own; PEM. */
  readonly authorities?: readonly string[] | undefined;
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

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the redirects led. */
  readonly url: URL;
  /** Destroy it when it is not read to its end. */
  readonly body: IncomingMessage;
  /** Its bytes, held to the pace law; to be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const MOST_REDIRECTS = 5;

/**
 * Asks for what strangers name, and only where strangers may send us: over https, at public addresses, or where
 * the user allowed it. A name is resolved once for each connection, what it resolves to is checked, and exactly
 * that is connected to, so a name that resolves to another address a moment later gains nothing. Redirects are
 * asked for by the same rules.
 */
export class GuardedClient {
  readonly #options: ClientOptions;
  readonly #law: PaceLaw;
  readonly #secure: Agent;
  readonly #plain = new PlainAgent({keepAlive: true});

  constructor(options: ClientOptions) {
    this.#options = options;
    const {authorities, silenceMs, clock} = options;
    this.#law = paceLaw(silenceMs, clock);
    const ca = authorities === undefined ? {} : {ca: [...rootCertificates, ...authorities]};
    this.#secure = new Agent({keepAlive: true, ...ca});
  }

  /** Whatever the status: only redirects are followed. @throws FetchError */
  async get(url: URL, ask: Ask): Promise<GuardedAnswer> {
    let at = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      this.#check(at);
      const body = await this.#send(at, ask);
      const status = body.statusCode ?? 0;
      const {location} = body.headers;
      if (!REDIRECTS.has(status) || location === undefined)
        return {status, headers: body.headers, url: at, body, chunks: this.#chunksOf(body, at)};
      body.destroy();
      at = redirected(location, at);
    }
    throw new FetchError('too-many-redirects', `${url.host} redirects more than ${MOST_REDIRECTS} times`);
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
    this.#secure.destroy();
    this.#plain.destroy();
  }

  #check(url: URL): void {
    const {protocol, username, password} = url;
    const isPlain = protocol === 'http:' && this.#options.allowed.has(url);
    if (protocol !== 'https:' && !isPlain) {
      const asked = foreignText(`${protocol}//${url.host}`);
      throw new FetchError('bad-url', `${asked} is not fetched: only https is`, {
        ...(protocol === 'http:' && {help: allowing(url)}),
      });
    }
    if (username !== '' || password !== '') {
      throw new FetchError('bad-url', `a URL at ${url.host} has a user name in it`);
    }
    // The resolver is not asked for a host that is an address already.
    const host = hostOf(url);
    const what = isIP(host) > 0 ? this.#checkFor(url).refused(host) : undefined;
    if (what !== undefined) throw inside(url, new RefusedAddress(host, host, what));
  }

  async #send(url: URL, {headers, bearer, signal}: Ask): Promise<IncomingMessage> {
    const [request, agent] =
      url.protocol === 'https:' ? [secureRequest, this.#secure] : [plainRequest, this.#plain];
    const authorization =
      bearer !== undefined && bearer.origin === url.origin ? {authorization: `Bearer ${bearer.token}`} : {};
    const sent = request(url, {
      agent,
      signal,
      lookup: checkedLookup(this.#checkFor(url)),
      headers: {'accept-encoding': 'identity', 'user-agent': 'repro', ...headers, ...authorization},
    });
    const trouble = sourceTroubleWith(url, this.#law);
    const because = (error: Error) => {
      if (signal.aborted) return error;
      return error instanceof RefusedAddress ? inside(url, error) : trouble.because(error);
    };
    return answerTo(sent, undefined, this.#law, {...trouble, because});
  }

  #chunksOf(body: IncomingMessage, url: URL): AsyncIterable<Uint8Array> {
    return readIncoming(body, this.#law, sourceTroubleWith(url, this.#law));
  }

  #checkFor(url: URL) {
    const {allowed, resolve} = this.#options;
    return {refused: allowed.has(url) ? () => undefined : refusedAddress, resolve};
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirected(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href))
    throw new FetchError('malformed', `${from.host} redirects to no URL`);
  const to = new URL(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw new FetchError(
      'bad-url',
      `${from.host} redirects to ${foreignText(`${to.protocol}//${to.host}`)}, and only https is followed`,
    );
  }
  return to;
}

function inside(url: URL, {host, address, what}: RefusedAddress): FetchError {
  const where = host === address ? address : `${host} is ${address}, which`;
  return new FetchError('inside', `${where} is no public address (${what}), so it is not asked`, {
    help: allowing(url),
  });
}

function allowing({host}: URL): string {
  return `if you trust it, allow it yourself: ${ALLOW_VARIABLE}=${host}`;
}
