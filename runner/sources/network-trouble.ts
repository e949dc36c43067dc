import {type PaceLaw, waitLonger} from '../../artifacts/bucket/pace-law.ts';
import type {TransportTrouble} from '../../artifacts/web/answer-to.ts';
import {foreignText} from '../../schemas/foreign-text.ts';
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
  };
}

/** What a socket, a resolver or TLS threw, in words. */
export function networkTrouble(error: unknown, {host, hostname}: URL): FetchError {
  if (error instanceof FetchError) return error;
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
