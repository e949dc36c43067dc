import {lookup as systemLookup} from 'node:dns/promises';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from 'node:http';
import {Agent, request as secureRequest} from 'node:https';
import {isIP, type LookupFunction} from 'node:net';
import {insideKind} from './address-rules.ts';
import {ALLOW_VARIABLE, type AllowedHosts} from './allowed-hosts.ts';
import {FetchError} from './fetch-error.ts';
import {networkTrouble} from './network-trouble.ts';

export interface ClientOptions {
  readonly allowed: AllowedHosts;
  /** The resolver; a stub in tests. */
  readonly resolve?: Resolve;
  /** A server that sends nothing for this long has forgotten us. */
  readonly silenceMs?: number;
  /** Whose certificates are taken, beside the system's; PEM. */
  readonly authorities?: string;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

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

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the redirects led. */
  readonly url: URL;
  /** Destroy it when it is not read to its end. */
  readonly body: IncomingMessage;
}

const MOST_REDIRECTS = 5;
const SILENCE_MS = 60_000;

/**
 * Asks for what strangers name, and only where strangers may send us: over https, at public addresses, or where
 * the user allowed it. A name is resolved once for each connection, what it resolves to is checked, and exactly
 * that is connected to, so a name that resolves to another address a moment later gains nothing. Redirects are
 * asked for by the same rules.
 */
export class GuardedClient {
  readonly #options: ClientOptions;
  readonly #secure: Agent;
  readonly #plain = new PlainAgent({keepAlive: true});

  constructor(options: ClientOptions) {
    this.#options = options;
    const {authorities} = options;
    this.#secure = new Agent({keepAlive: true, ...(authorities !== undefined && {ca: authorities})});
  }

  /** Whatever the status: only redirects are followed. @throws FetchError */
  async get(url: URL, ask: Ask): Promise<Answer> {
    let at = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      this.#check(at);
      const body = await this.#send(at, ask);
      const status = body.statusCode ?? 0;
      const {location} = body.headers;
      if (!REDIRECTS.has(status) || location === undefined)
        return {status, headers: body.headers, url: at, body};
      body.destroy();
      at = redirected(location, at);
    }
    throw new FetchError('too-many-redirects', `${url.host} redirects more than ${MOST_REDIRECTS} times`);
  }

  /** Which checked addresses a host has. @throws FetchError when it has none that may be asked. */
  async addresses(url: URL): Promise<readonly ResolvedAddress[]> {
    const host = hostOf(url);
    const family = isIP(host);
    const found = family > 0 ? [{address: host, family}] : await this.#resolve(host);
    if (this.#options.allowed.has(url)) return found;
    const open = found.filter(({address}) => insideKind(address) === undefined);
    if (open.length === 0) throw inside(url, found[0]?.address ?? 'nothing');
    return open;
  }

  close(): void {
    this.#secure.destroy();
    this.#plain.destroy();
  }

  #check(url: URL): void {
    const {protocol, username, password} = url;
    const isPlain = protocol === 'http:' && this.#options.allowed.has(url);
    if (protocol !== 'https:' && !isPlain) {
      throw new FetchError('bad-url', `${protocol}//${url.host} is not fetched: only https is`, {
        ...(protocol === 'http:' && {help: allowing(url)}),
      });
    }
    if (username !== '' || password !== '') {
      throw new FetchError('bad-url', `a URL at ${url.host} has a user name in it`);
    }
    // The resolver is not asked for a host that is an address already.
    const host = hostOf(url);
    if (isIP(host) > 0 && !this.#options.allowed.has(url) && insideKind(host) !== undefined)
      throw inside(url, host);
  }

  #send(url: URL, {headers, bearer, signal}: Ask): Promise<IncomingMessage> {
    const {silenceMs = SILENCE_MS} = this.#options;
    const [request, agent] =
      url.protocol === 'https:' ? [secureRequest, this.#secure] : [plainRequest, this.#plain];
    const authorization =
      bearer !== undefined && bearer.origin === url.origin ? {authorization: `Bearer ${bearer.token}`} : {};
    const options = {
      agent,
      signal,
      timeout: silenceMs,
      lookup: this.#lookup(url),
      headers: {'accept-encoding': 'identity', 'user-agent': 'repro', ...headers, ...authorization},
    };
    return new Promise((resolve, reject) => {
      let body: IncomingMessage | undefined;
      const sent = request(url, options, (response) => {
        body = response;
        resolve(response);
      });
      sent.on('timeout', () => (body ?? sent).destroy(silence(url, silenceMs)));
      sent.on('error', (error) => reject(signal.aborted ? error : networkTrouble(error, url)));
      sent.end();
    });
  }

  /** Called by Node at the moment of connecting; it connects to what this gives and to nothing else. */
  #lookup(url: URL): LookupFunction {
    return (_host, options, callback) => {
      this.addresses(url).then(
        (found) => {
          const [first] = found;
          if (options.all === true) callback(null, [...found]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    };
  }

  async #resolve(host: string): Promise<readonly ResolvedAddress[]> {
    const {resolve = systemResolve} = this.#options;
    const found = await resolve(host);
    if (found.length === 0) throw new FetchError('no-host', `${host} has no address`);
    return found;
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const systemResolve: Resolve = (host) => systemLookup(host, {all: true, verbatim: true});

function redirected(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href))
    throw new FetchError('malformed', `${from.host} redirects to no URL`);
  const to = new URL(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw new FetchError(
      'bad-url',
      `${from.host} redirects to ${to.protocol}//${to.host}, and only https is followed`,
    );
  }
  return to;
}

function hostOf({hostname}: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function inside(url: URL, address: string): FetchError {
  const host = hostOf(url);
  const where = host === address ? address : `${host} is ${address}, which`;
  return new FetchError(
    'inside',
    `${where} is no public address (${insideKind(address)}), so it is not asked`,
    {
      help: allowing(url),
    },
  );
}

function allowing({host}: URL): string {
  return `if you trust it, allow it yourself: ${ALLOW_VARIABLE}=${host}`;
}

function silence(url: URL, silenceMs: number): FetchError {
  return new FetchError('unreachable', `${url.host} sent nothing for ${silenceMs / 1000} seconds`);
}
