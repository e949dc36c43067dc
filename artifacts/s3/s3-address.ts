import {foreignText, withoutSecrets} from '../../schemas/foreign-text.ts';
import type {BucketAddress} from '../bucket/bucket-address.ts';
import {BucketError} from '../bucket/bucket-error.ts';

export interface S3Address extends BucketAddress {
  readonly bucket: string;
  /** Of keys: empty, or ending with `/`. */
  readonly prefix: string;
}

/** Where a bucket answers, with a `/` at the end. */
export function addressOf(place: BucketAddress, bucket: string, region = place.region): URL {
  const endpoint = endpointOf(place, region);
  if (usesPathStyle(place, bucket)) return new URL(`${endpoint.href.replace(/\/*$/, '')}/${bucket}/`);
  return new URL(`${endpoint.protocol}//${bucket}.${endpoint.host}/`);
}

export function isAws({endpoint}: Pick<BucketAddress, 'endpoint'>): boolean {
  return endpoint === undefined || /(^|\.)amazonaws\.com(\.cn)?$/.test(parsed(endpoint).hostname);
}

/** A certificate of `*.s3.amazonaws.com` is not one for names with dots; other servers rarely have names for buckets. */
export function usesPathStyle(place: BucketAddress, bucket: string): boolean {
  return place.pathStyle ?? (!isAws(place) || bucket.includes('.'));
}

function endpointOf({endpoint}: BucketAddress, region: string | undefined): URL {
  if (endpoint !== undefined) return parsed(endpoint);
  return new URL(`https://s3.${region === undefined ? '' : `${region}.`}amazonaws.com`);
}

function parsed(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:') && isBare(url)) return url;
  throw new BucketError(
    'refused',
    `not the address of an S3 server: ${foreignText(JSON.stringify(withoutSecrets(endpoint)))}; like https://s3.example.org, without a user name`,
  );
}

/** Credentials come from elsewhere, and a query has no place under a signature. */
function isBare({username, password, search, hash}: URL): boolean {
  return username === '' && password === '' && search === '' && hash === '';
}
