import {isAbsolute, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {BucketError} from './bucket-error.ts';
import {whyNoKey} from './bucket-key.ts';

/** Where a bucket is, as people write it. Comes from the user's configuration or command line, never from a pipeline. */
export interface BucketAddress {
  /** `s3://bucket/prefix`, `https://…`, `http://…`, `file:///…` or the path of a folder. */
  readonly url: string;
  /** Of the S3 server; AWS itself without. Credentials go there and nowhere else. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** `endpoint/bucket/key` rather than `bucket.endpoint/key`. By default as the server is: only AWS has names for buckets. */
  readonly pathStyle?: boolean | undefined;
  /** In ~/.aws/config and ~/.aws/credentials. */
  readonly profile?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** Asks for everything without credentials. */
  readonly anonymous?: boolean | undefined;
  /** How long its server may keep us waiting, where the user says so. */
  readonly patienceMs?: number | undefined;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export type ParsedAddress =
  | {readonly kind: 's3'; readonly bucket: string; readonly prefix: string}
  | {readonly kind: 'web'; readonly url: string}
  | {readonly kind: 'folder'; readonly path: string};

/** @throws BucketError `refused`, in words, for what is none of these. */
export function parseBucketAddress(text: string): ParsedAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 's3') return parseS3(text);
  if (scheme === 'http' || scheme === 'https') return {kind: 'web', url: text};
  if (scheme === 'file') return {kind: 'folder', path: pathOf(text)};
  if (scheme === undefined) return {kind: 'folder', path: isAbsolute(text) ? text : resolve(text)};
  throw new BucketError(
    'refused',
    `${text}: ${scheme}:// is not known here; s3://, https://, file:// and paths are`,
  );
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new BucketError('refused', `${url}: not the address of a folder of this machine: file:///…`, {
      cause: error,
    });
  }
}

/** Lower-case names only, as every server takes them since 2018. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function parseS3(text: string): ParsedAddress {
  const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
  if (!BUCKET.test(bucket))
    throw new BucketError('refused', `${text}: ${JSON.stringify(bucket)} can't be the name of a bucket`);
  const prefix = rest.join('/').replace(/\/+$/, '');
  if (prefix === '') return {kind: 's3', bucket, prefix};
  const why = whyNoKey(prefix);
  if (why === undefined) return {kind: 's3', bucket, prefix: `${prefix}/`};
  throw new BucketError(
    'refused',
    `${JSON.stringify(text)} is not the place of a store: ${why}; write s3://bucket/prefix, where it came from (--store, REPRO_STORE, stores.yaml)`,
  );
}
