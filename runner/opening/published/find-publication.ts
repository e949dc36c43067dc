import {existsSync, realpathSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import {type BucketAddress, openReadableBucket} from '../../../artifacts/open/open-bucket.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {type Digest, hexOf} from '../../../schemas/digest.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {parsePublicationAddress, type WantedPublication} from '../../audit/publication-address.ts';
import {type FoundStore, findStore} from '../../stores/find-store.ts';
import type {World} from '../world/world.ts';

export interface FoundPublication {
  readonly bucket: ReadableBucket;
  readonly wanted: WantedPublication;
  /** What the bucket goes by, however it was written: a number of a sequence belongs to it. */
  readonly place: string;
}

/** The bucket that somebody's URL leads to, and what in it is meant. Whoever gets it closes it. */
export async function findPublication(
  url: string,
  world: World,
): Promise<Result<FoundPublication, Diagnostic>> {
  const place = parsePublicationAddress(url);
  if (place === undefined) return err(notAPublication(url));
  const store = findStore(place.bucket, world);
  if (!store.ok) return store;
  const bucket = await openBucketOf(store.value, world);
  return ok({bucket, wanted: place.wanted, place: addressName(store.value)});
}

/** The address of one publication in the bucket that `url` leads to: whatever is published there meanwhile. */
export function exactAddress(url: string, publication: Digest): string {
  const place = parsePublicationAddress(url);
  return place === undefined ? url : within(place.bucket, `publications/v1/${hexOf(publication)}`);
}

function within(bucket: string, key: string): string {
  return bucket.endsWith('/') ? `${bucket}${key}` : `${bucket}/${key}`;
}

/** One bucket has one name, whichever way it is spelt; the same name on two servers is two buckets. */
function addressName({url, endpoint}: FoundStore): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 's3') return `${trimmed(url)}${endpoint === undefined ? '' : ` at ${trimmed(endpoint)}`}`;
  if (scheme === 'http' || scheme === 'https') return trimmed(new URL(url).href.replace(/[?#].*$/s, ''));
  const path = scheme === 'file' ? fileURLToPath(url) : resolve(url);
  return existsSync(path) ? realpathSync(path) : path;
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

async function openBucketOf(
  {url, endpoint, region, pathStyle, profile}: FoundStore,
  world: World,
): Promise<ReadableBucket> {
  const place: BucketAddress = {url, endpoint, region, pathStyle, profile};
  const anonymous = url.startsWith('s3:') && profile === undefined && !hasCredentials(world.variables);
  return await openReadableBucket({...place, ...(anonymous && {anonymous})});
}

/** Where the SDK would find some. Without any, S3 is asked as by anyone. */
function hasCredentials(variables: World['variables']): boolean {
  const named = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_SHARED_CREDENTIALS_FILE',
  ].some((name) => (variables[name] ?? '') !== '');
  return named || existsSync(join(variables.HOME ?? '/', '.aws', 'credentials'));
}

function notAPublication(url: string): Diagnostic {
  return problem(
    'not-a-publication',
    `"${url}" is not the place of a published run`,
    'it ends in publications/v1/ and 64 digits, or in names/v1/SIGNER/NAME for the newest of a name; a run in a store of your lab: --from STORE',
  );
}
