import {BucketError} from '../bucket/bucket-error.ts';

/** No answer at all, in words: which host, and what that usually means. */
export function noAnswer(url: URL, error: Error): BucketError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = WORDS[code];
  if (known !== undefined)
    return new BucketError('unreachable', `${url.host}: ${known} (${code})`, {cause: error});
  if (CERTIFICATE.test(code)) {
    const message = `${url.host}: its certificate isn't trusted: ${error.message} (${code})`;
    return new BucketError('unreachable', message, {cause: error, retryable: false});
  }
  return new BucketError('unreachable', `${url.host}: ${error.message}`, {cause: error});
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

export function nothingCame(url: URL, idleMs: number): BucketError {
  return new BucketError('unreachable', `${url.host}: nothing came for ${idleMs / 1000} s`);
}

/** While the bytes of an answer were read: there may be more to be had by asking again for the rest. */
export function brokenOff(url: URL, at: number, error: unknown): BucketError {
  const why = error instanceof Error ? error.message : String(error);
  return new BucketError('truncated', `${url.href}: the answer broke off after ${at} bytes: ${why}`, {
    cause: error,
  });
}
