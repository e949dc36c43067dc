import {foreignText} from '../../schemas/foreign-text.ts';
import {BucketError, type BucketErrorCode} from '../bucket/bucket-error.ts';
import type {HttpAnswer} from '../web/exchange.ts';
import {retryAfterMs} from '../web/retry-after.ts';

/** What a server said no with. */
export interface Refusal {
  readonly status: number;
  /** S3's name for it: `NoSuchKey`. Empty where there was no body (HEAD), or not of S3's form. */
  readonly code: string;
  readonly message: string;
  /** The server's clock. */
  readonly date: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Where the bucket is, when the request went to another region. */
  readonly region: string | undefined;
}

export interface Asked {
  /** Operation and key. */
  readonly what: string;
  readonly bucket: string;
  readonly host: string;
  /** Where the credentials came from, in words. */
  readonly credentials: string;
}

export const SKEWED: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired']);
export const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
]);

export async function readRefusal(answer: HttpAnswer): Promise<Refusal> {
  const text = await answer.text();
  return refusalOf(answer.status, answer.headers, {
    code: element(text, 'Code'),
    message: element(text, 'Message'),
    region: element(text, 'Region'),
  });
}

export function refusalOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  {code, message, region}: {readonly code: string; readonly message: string; readonly region: string},
): Refusal {
  const date = Date.parse(String(headers.date));
  return {
    status,
    // Words of the server, cleaned here, where they enter: from now on they are in messages of ours.
    code: foreignText(code, 60),
    message: foreignText(message),
    date: Number.isNaN(date) ? undefined : date,
    retryAfterMs: retryAfterMs({'retry-after': text(headers['retry-after']), date: text(headers.date)}),
    region: regionOf(text(headers['x-amz-bucket-region']) ?? region),
  };
}

/** What is no name of a region is none: it is about to be recommended. */
function regionOf(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9-]{0,40}$/i.test(text) ? text : undefined;
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** Error documents are flat: no parser is needed to find one element. */
function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]{0,500})</${name}>`).exec(xml)?.[1] ?? '';
}

export function s3BucketError(refusal: Refusal, asked: Asked): BucketError {
  const {retryAfterMs} = refusal;
  return new BucketError(codeOf(refusal), words(refusal, asked), {retryAfterMs, cause: refusal});
}

/** S3's name for what went wrong. */
export function refusalCode(error: unknown): string | undefined {
  const cause = error instanceof BucketError ? error.cause : undefined;
  if (cause instanceof BucketError) return refusalCode(cause);
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
}

/** To who may not list, S3 says "denied" of what isn't there. Trouble with the credentials themselves has other names. */
export function isAbsence({status, code}: Refusal): boolean {
  if (status === 404) return code !== 'NoSuchBucket';
  return status === 403 && (code === 'AccessDenied' || code === '');
}

function codeOf({code, status}: Refusal): BucketErrorCode {
  const named = NAMED[code];
  if (named !== undefined) return named;
  if (status === 401 || status === 403) return 'denied';
  if (status === 409 || status === 429 || status === 503) return 'busy';
  return status >= 500 && status !== 501 && status !== 511 ? 'unreachable' : 'refused';
}

const NAMED: Readonly<Record<string, BucketErrorCode>> = {
  NoSuchBucket: 'no-bucket',
  BadDigest: 'damaged',
  XAmzContentSHA256Mismatch: 'damaged',
  IncompleteBody: 'damaged',
  MalformedXML: 'damaged',
  // S3's name for a client that stopped sending.
  RequestTimeout: 'damaged',
  SlowDown: 'busy',
  OperationAborted: 'busy',
  ConditionalRequestConflict: 'busy',
  BucketAlreadyExists: 'refused',
  BucketAlreadyOwnedByYou: 'refused',
  BucketNotEmpty: 'refused',
  InvalidToken: 'denied',
  ExpiredToken: 'denied',
};

const MISDIRECTED: ReadonlySet<number> = new Set([301, 307, 400]);

function elsewhere({region}: Refusal, {bucket}: Asked, said: string): string {
  if (region === undefined) return `${bucket} is in another region; give the region (${said})`;
  return `${bucket} is in another region, ${region}: set AWS_REGION=${region}, or \`region: ${region}\` in stores.yaml (${said})`;
}

function words(refusal: Refusal, asked: Asked): string {
  const {bucket, host, credentials, what} = asked;
  const said = [refusal.code || `status ${refusal.status}`, refusal.message]
    .filter((part) => part !== '')
    .join(': ');
  switch (refusal.code) {
    case 'NoSuchBucket':
      return `${host} has no bucket ${bucket}; create it: aws s3api create-bucket --bucket ${bucket}, with --endpoint-url where it isn't AWS`;
    case 'InvalidAccessKeyId':
      return `${host} does not know the access key (${credentials})`;
    case 'SignatureDoesNotMatch':
      return `${host} finds the signature wrong: the secret key is not the access key's (${credentials})`;
    case 'ExpiredToken':
      return `${host}: the credentials have expired (${credentials}); get new ones, and go on where this ended`;
    case 'RequestTimeTooSkewed':
      return `${host}: this machine's clock is wrong: ${refusal.message}`;
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return elsewhere(refusal, asked, said);
  }
  // An answer to HEAD has no body to say why.
  if (refusal.region !== undefined && MISDIRECTED.has(refusal.status)) return elsewhere(refusal, asked, said);
  if (refusal.status >= 300 && refusal.status < 400)
    return `${host} sends requests for bucket ${bucket} elsewhere (${said}), and nothing signed goes anywhere else: is the endpoint right, its http or https too?`;
  if (refusal.status === 511) return `${host}: the network wants a login first (511)`;
  if (refusal.status === 401 || refusal.status === 403)
    return `${host} does not allow ${what} in bucket ${bucket} with these credentials (${credentials}): ${said}`;
  return `${host}: ${what} in bucket ${bucket}: ${said}`;
}
