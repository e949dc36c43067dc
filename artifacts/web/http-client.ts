import {lookup as resolveName} from 'node:dns';
import http, {type Agent} from 'node:http';
import https from 'node:https';
import type {LookupFunction} from 'node:net';
import {BucketError} from '../bucket/bucket-error.ts';
import {isPrivateAddress, isPrivateLiteral} from './private-address.ts';

export interface HttpClientOptions {
  /** After so many milliseconds without a byte in either direction a connection is given up. */
  readonly idleMs?: number | undefined;
  /** Refuses to connect to loopback, private and link-local addresses, as resolved: for where a stranger says where. */
  readonly publicOnly?: boolean | undefined;
  readonly connections?: number | undefined;
}

export const DEFAULT_IDLE_MS = 30_000;

/** Connections, kept open between requests. Nothing here knows of credentials. */
export class HttpClient {
  readonly idleMs: number;
  readonly #publicOnly: boolean;
  readonly #agents: {readonly 'http:': Agent; readonly 'https:': Agent};

  constructor({idleMs = DEFAULT_IDLE_MS, publicOnly = false, connections = 64}: HttpClientOptions = {}) {
    this.idleMs = idleMs;
    this.#publicOnly = publicOnly;
    const options = {
      keepAlive: true,
      maxSockets: connections,
      ...(publicOnly && {lookup: publicLookup}),
    };
    this.#agents = {'http:': new http.Agent(options), 'https:': new https.Agent(options)};
  }

  /** Opens a request; nothing is sent before its body is written or it is ended. */
  open(url: URL, method: string, headers: Readonly<Record<string, string>>): http.ClientRequest {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new BucketError('refused', `${url.protocol}// is not spoken here: ${url.href}`);
    // A name is checked when it is resolved; an address is never resolved.
    if (this.#publicOnly && isPrivateLiteral(url.hostname)) throw privateAddress(url.hostname);
    const {request} = url.protocol === 'https:' ? https : http;
    return request(url, {method, headers, agent: this.#agents[url.protocol], timeout: this.idleMs});
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, {...options, all: true}, (error, addresses) => {
    const bad = error === null ? addresses.find(({address}) => isPrivateAddress(address)) : undefined;
    const [first] = addresses ?? [];
    if (error !== null) callback(error, '');
    else if (bad !== undefined) callback(privateAddress(`${hostname} (${bad.address})`), '');
    else if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

function privateAddress(host: string): BucketError {
  return new BucketError('refused', `${host} is a private address, which a public server may not send us to`);
}
