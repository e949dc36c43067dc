import type {Bucket, ReadableBucket} from '../bucket/bucket.ts';
import {type BucketAddress, parseBucketAddress} from '../bucket/bucket-address.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {urlPathOf} from '../bucket/bucket-key.ts';
import {readOnly} from '../bucket/read-only-bucket.ts';
import {REAL_SURROUNDINGS, type Surroundings} from '../bucket/surroundings.ts';

export type {BucketAddress, Credentials} from '../bucket/bucket-address.ts';

/**
 * A bucket to write to. Reads nothing yet: whether it is there shows with the first call. Calls are tried again
 * by themselves (retrying-bucket.ts); readings that break off are the reader's to go on with.
 */
export async function openBucket(place: BucketAddress, given: Partial<Surroundings> = {}): Promise<Bucket> {
  const surroundings = surroundingsOf(place, given);
  const parsed = parseBucketAddress(place.url);
  switch (parsed.kind) {
    case 'folder': {
      const {FolderBucket} = await import('../folder/folder-bucket.ts');
      return new FolderBucket(parsed.path);
    }
    case 's3': {
      if (place.anonymous === true)
        throw new BucketError('refused', `${place.url}: nobody can write without credentials`);
      const {openS3Bucket} = await import('../s3/open-s3-bucket.ts');
      const {RetryingBucket} = await import('../bucket/retrying-bucket.ts');
      return new RetryingBucket(await openS3Bucket({...place, ...parsed}, surroundings), surroundings);
    }
    case 'web':
      throw new BucketError(
        'refused',
        `${place.url}: a web server can only be read from; to write to a bucket, give it as s3://bucket/prefix with its endpoint`,
      );
  }
}

/** A bucket to read from; the plain web as well. Nothing can be written through it. */
export async function openReadableBucket(
  place: BucketAddress,
  given: Partial<Surroundings> = {},
): Promise<ReadableBucket> {
  const parsed = parseBucketAddress(place.url);
  if (parsed.kind === 'folder') return openFolder(parsed.path);
  if (parsed.kind === 's3' && place.anonymous !== true) return readOnly(await openBucket(place, given));
  const {WebBucket} = await import('../web/web-bucket.ts');
  const {RetryingReadableBucket} = await import('../bucket/retrying-bucket.ts');
  const surroundings = surroundingsOf(place, given);
  // Without credentials S3 is a web server like any other.
  const url = parsed.kind === 'web' ? parsed.url : await webAddress(place, parsed);
  return new RetryingReadableBucket(new WebBucket(url, {idleMs: surroundings.idleMs}), surroundings);
}

function surroundingsOf({patienceMs}: BucketAddress, given: Partial<Surroundings>): Surroundings {
  return {...REAL_SURROUNDINGS, ...(patienceMs !== undefined && {idleMs: patienceMs}), ...given};
}

async function openFolder(path: string): Promise<ReadableBucket> {
  const {existsSync} = await import('node:fs');
  if (!existsSync(path)) throw new BucketError('no-bucket', `${path}: there is no such folder`);
  const {FolderBucket} = await import('../folder/folder-bucket.ts');
  return readOnly(new FolderBucket(path));
}

async function webAddress(
  place: BucketAddress,
  {bucket, prefix}: {readonly bucket: string; readonly prefix: string},
): Promise<string> {
  const {addressOf} = await import('../s3/s3-address.ts');
  return `${addressOf(place, bucket).href}${urlPathOf(prefix)}`;
}
