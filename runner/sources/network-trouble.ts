import {type PaceLaw, waitLonger} from '../../artifacts/bucket/pace-law.ts';
import type {TransportTrouble} from '../../artifacts/web/answer-to.ts';
import {RefusedAddress} from '../../artifacts/web/checked-addresses.ts';
import {foreignText} from '../../schemas/foreign-text.ts';
import {ALLOW_VARIABLE} from './allowed-hosts.ts';
import {FetchError} from './fetch-error.ts';

/** The trouble of a connection to `url`, as a source's. */
export function sourceTroubleWith(url: URL, law: PaceLaw): TransportTrouble {
  const seconds = law.windowMs / 1000;
  const kept = (why: string) =>
    new FetchError('unreachable', `${url.host} ${why}`, {
      costly: true,
      help: `try again: what came is kept; ${waitLonger(law)}`,
    });
  return {
    nothingCame: () => kept(`sent nothing for ${seconds} seconds`),
    tooSlow: (brought, waitedMs) => kept(`is too slow: ${brought} bytes in ${waitedMs / 1000} seconds`),
    because: (error) => networkTrouble(error, url),
    brokenOff: (_, error) => networkTrouble(error, url),
  };
}

/** What a socket, a resolver or TLS threw, in words. */
function networkTrouble(error: unknown, url: URL): FetchError {
  const {host, hostname} = url;
  if (error instanceof FetchError) return error;
  if (error instanceof RefusedAddress) return inside(url, error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = {cause: error};
  if (code === 'ENOTFOUND') return new FetchError('no-host', `there is no host ${hostname}`, cause);
  if (CERTIFICATE.test(code)) {
    const why = foreignText(error instanceof Error ? error.message : code);
    return new FetchError('no-host', `nobody vouches for the certificate of ${host}: ${why}`, cause);
  }
  const why = WORDS[code] ?? foreignText(error instanceof Error ? error.message : String(error));
  return new FetchError('unreachable', `${host}: ${why}`, cause);
}

/** The host has no address that strangers may send us to. */
export function inside(url: URL, {host, address, what}: RefusedAddress): FetchError {
  const where = host === address ? address : `${host} is ${address}, which`;
  return new FetchError('inside', `${where} is no public address (${what}), so it is not asked`, {
    help: allowing(url),
  });
}

export function allowing({host}: URL): string {
  return `if you trust it, allow it yourself: ${ALLOW_VARIABLE}=${host}`;
}

const CERTIFICATE = /CERT|SIGNED|UNABLE_TO|ALTNAME|^ERR_(SSL|TLS)/;

const WORDS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name could not be resolved just now',
  ECONNREFUSED: 'nobody answers there',
  ECONNRESET: 'the connection broke',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no network',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'no answer',
};
