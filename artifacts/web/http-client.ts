import http, {type Agent, type IncomingMessage} from 'node:http';
import https from 'node:https';
import {isIP} from 'node:net';
import {rootCertificates} from 'node:tls';
import {BucketError} from '../bucket/bucket-error.ts';
import type {Clock} from '../bucket/clock.ts';
import {DEFAULT_WINDOW_MS, type PaceLaw, paceLaw} from '../bucket/pace-law.ts';
import type {TransportTrouble} from './answer-to.ts';
import {type AddressCheck, checkedLookup, hostOf, RefusedAddress} from './checked-addresses.ts';
import {bucketTroubleWith} from './transport-error.ts';

/** What differs between those who ask over the web. The rest is one client's: connections, TLS, patience, headers. */
export interface HttpClientOptions {
  /** How long anybody may keep us waiting: bucket/pace-law.ts. */
  readonly idleMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Which addresses it connects to for a URL, as resolved; to any without. For where a stranger says where. */
  readonly check?: ((url: URL) => AddressCheck) | undefined;
  /** Whose certificates are taken, beside Node's own; PEM. */
  readonly authorities?: readonly string[] | undefined;
  readonly connections?: number | undefined;
  /** What trouble is called; a bucket's words without. */
  readonly trouble?: ((url: URL, law: PaceLaw) => TransportTrouble) | undefined;
}

export interface RequestHead {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Connections, kept open between requests. Nothing here knows of credentials. */
export class HttpClient {
  readonly law: PaceLaw;
  readonly trouble: (url: URL, law: PaceLaw) => TransportTrouble;
  readonly #check: ((url: URL) => AddressCheck) | undefined;
  readonly #agents: {readonly 'http:': Agent; readonly 'https:': Agent};
  /** Answers that aren't at their end. One that came whole and that nobody reads has no connection any more to close. */
  readonly #answers = new Set<IncomingMessage>();

  constructor(options: HttpClientOptions = {}) {
    const {idleMs = DEFAULT_WINDOW_MS, clock, check, authorities, connections = 64} = options;
    this.law = paceLaw(idleMs, clock);
    this.trouble = options.trouble ?? bucketTroubleWith;
    this.#check = check;
    const kept = {keepAlive: true, maxSockets: connections};
    const ca = authorities === undefined ? {} : {ca: [...rootCertificates, ...authorities]};
    this.#agents = {'http:': new http.Agent(kept), 'https:': new https.Agent({...kept, ...ca})};
  }

  /** Opens a request; nothing is sent before its body is written or it is ended. */
  open(url: URL, head: RequestHead): http.ClientRequest {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new BucketError('refused', `${url.protocol}// is not spoken here`);
    const check = this.#check?.(url);
    this.#checkLiteral(url, check);
    const {request} = url.protocol === 'https:' ? https : http;
    const lookup = check === undefined ? {} : {lookup: checkedLookup(check)};
    const sent = request(url, {...head, ...lookup, agent: this.#agents[url.protocol]});
    sent.once('response', (incoming) => {
      this.#answers.add(incoming);
      incoming.once('close', () => this.#answers.delete(incoming));
    });
    return sent;
  }

  /** Nobody waits any more, also not for what was never read. */
  close(): void {
    for (const incoming of this.#answers) incoming.destroy();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** A name is checked when it is resolved; an address never is resolved. */
  #checkLiteral(url: URL, check: AddressCheck | undefined): void {
    const host = hostOf(url);
    if (check?.refused === undefined || isIP(host) === 0) return;
    const what = check.refused(host);
    if (what !== undefined) throw this.trouble(url, this.law).because(new RefusedAddress(host, host, what));
  }
}
