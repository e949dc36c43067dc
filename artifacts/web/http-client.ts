import http, {type Agent, type IncomingMessage} from 'node:http';
import https from 'node:https';
import {isIP} from 'node:net';
import {BucketError} from '../bucket/bucket-error.ts';
import type {Clock} from '../bucket/clock.ts';
import {DEFAULT_WINDOW_MS, type PaceLaw, paceLaw} from '../bucket/pace-law.ts';
import {type AddressCheck, checkedLookup, hostOf, RefusedAddress} from './checked-addresses.ts';
import {notSentTo} from './transport-error.ts';

export interface HttpClientOptions {
  /** How long anybody may keep us waiting: bucket/pace-law.ts. */
  readonly idleMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Which addresses it connects to, as resolved; to any without. For where a stranger says where. */
  readonly check?: AddressCheck | undefined;
  readonly connections?: number | undefined;
}

/** Connections, kept open between requests. Nothing here knows of credentials. */
export class HttpClient {
  readonly law: PaceLaw;
  readonly #check: AddressCheck | undefined;
  readonly #agents: {readonly 'http:': Agent; readonly 'https:': Agent};
  /** Answers that aren't at their end. One that came whole and that nobody reads has no connection any more to close. */
  readonly #answers = new Set<IncomingMessage>();

  constructor({idleMs = DEFAULT_WINDOW_MS, clock, check, connections = 64}: HttpClientOptions = {}) {
    this.law = paceLaw(idleMs, clock);
    this.#check = check;
    const options = {
      keepAlive: true,
      maxSockets: connections,
      ...(check !== undefined && {lookup: checkedLookup(check)}),
    };
    this.#agents = {'http:': new http.Agent(options), 'https:': new https.Agent(options)};
  }

  /** Opens a request; nothing is sent before its body is written or it is ended. */
  open(url: URL, method: string, headers: Readonly<Record<string, string>>): http.ClientRequest {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new BucketError('refused', `${url.protocol}// is not spoken here`);
    this.#checkLiteral(hostOf(url));
    const {request} = url.protocol === 'https:' ? https : http;
    const sent = request(url, {method, headers, agent: this.#agents[url.protocol]});
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
  #checkLiteral(host: string): void {
    if (this.#check?.refused === undefined || isIP(host) === 0) return;
    const what = this.#check.refused(host);
    if (what !== undefined) throw notSentTo(new RefusedAddress(host, host, what));
  }
}
