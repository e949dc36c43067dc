import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {type BucketPlace, openReadableBucket} from '../../artifacts/bucket/open-bucket.ts';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {
  type PublicationPlace,
  parsePublicationPlace,
  type WantedPublication,
} from '../audit/publication-place.ts';
import {findStore} from '../stores/find-store.ts';
import type {World} from './world.ts';

export interface FoundPublication {
  readonly bucket: ReadableBucket;
  readonly wanted: WantedPublication;
}

/** The bucket that somebody's URL leads to, and what in it is meant. Whoever gets it closes it. */
export async function findPublication(
  url: string,
  world: World,
): Promise<Result<FoundPublication, Diagnostic>> {
  const place = parsePublicationPlace(url);
  if (place === undefined) return err(notAPublication(url));
  const bucket = await openBucketOf(place, world);
  return bucket.ok ? ok({bucket: bucket.value, wanted: place.wanted}) : bucket;
}

async function openBucketOf(
  {bucket}: PublicationPlace,
  world: World,
): Promise<Result<ReadableBucket, Diagnostic>> {
  const found = findStore(bucket, world);
  if (!found.ok) return found;
  const {url, endpoint, region, pathStyle, profile} = found.value;
  const place: BucketPlace = {url, endpoint, region, pathStyle, profile};
  const anonymous = url.startsWith('s3:') && profile === undefined && !hasCredentials(world.variables);
  return ok(await openReadableBucket({...place, ...(anonymous && {anonymous})}));
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

export function notAPublication(url: string): Diagnostic {
  return {
    severity: 'error',
    code: 'not-a-publication',
    message: `"${url}" is not the place of a published run`,
    help: 'it ends in publications/v1/ and 64 digits, or in names/v1/SIGNER/NAME for the newest of a name; a run in a store of your lab: --from STORE',
  };
}
