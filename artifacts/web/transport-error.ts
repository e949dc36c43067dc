import {foreignText, shownUrl} from '../../schemas/foreign-text.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {type PaceLaw, waitLonger} from '../bucket/pace-law.ts';
import type {TransportTrouble} from './answer-to.ts';
import {RefusedAddress} from './checked-addresses.ts';

/** The trouble of a connection to `url`, as a bucket's. */
export function bucketTroubleWith(url: URL, law: PaceLaw): TransportTrouble {
  const seconds = law.windowMs / 1000;
  return {
    nothingCame: () =>
      new BucketError('unreachable', `${url.host}: nothing came for ${seconds} s; ${waitLonger(law)}`, {
        costly: true,
      }),
    tooSlow: (brought, waitedMs) =>
      new BucketError(
        'unreachable',
        `${url.host} is too slow: ${brought} bytes in ${waitedMs / 1000} s; ${waitLonger(law)}`,
        // Whoever can't begin an answer in two windows has had its second try.
        {costly: true, retryable: waitedMs <= law.windowMs},
      ),
    because: (error) => (error instanceof BucketError ? error : noAnswer(url, error)),
    brokenOff: (at, error) => brokenOff(url, at, error),
  };
}

/** No answer at all, in words: which host, and what that usually means. */
function noAnswer(url: URL, error: Error): BucketError {
  if (error instanceof RefusedAddress) return notSentTo(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = WORDS[code];
  if (known !== undefined)
    return new BucketError('unreachable', `${url.host}: ${known} (${code})`, {cause: error});
  // A certificate's names are its server's words.
  const said = foreignText(error.message);
  if (CERTIFICATE.test(code)) {
    const message = `${url.host}: its certificate isn't trusted: ${said} (${code})`;
    return new BucketError('unreachable', message, {cause: error, retryable: false});
  }
  return new BucketError('unreachable', `${url.host}: ${said}`, {cause: error});
}

/** A server of the public internet sent us inside. */
function notSentTo({host, address, what}: RefusedAddress): BucketError {
  const where = host === address ? address : `${host} (${address})`;
  return new BucketError(
    'refused',
    `${where} is a private address (${what}), which a public server may not send us to`,
  );
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host; is the address right, and is there a network?',
  EAI_AGAIN: 'the name could not be resolved; is there a network?',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'no way to this host',
  ENETUNREACH: 'no network',
  EPROTO: 'this is not HTTPS; should the address begin with http:// ?',
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS/;

/** There may be more to be had by asking again for the rest. */
function brokenOff(url: URL, at: number, error: unknown): BucketError {
  const why = foreignText(error instanceof Error ? error.message : String(error));
  return new BucketError('truncated', `${shownUrl(url)}: the answer broke off after ${at} bytes: ${why}`, {
    cause: error,
    costly: error instanceof BucketError && error.costly,
  });
}
