import type {BucketAddress} from '../../artifacts/bucket/bucket-address.ts';
import {parseBucketAddress} from '../../artifacts/bucket/bucket-address.ts';
import {addressOf} from '../../artifacts/s3/s3-address.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';

/** Where a reader without credentials finds a publication: by what its store says of itself, or as its server is built. */
export function publicAddress(
  place: BucketAddress & {readonly public?: string},
  publication: Digest,
): string {
  return `${rootOf(place).replace(/\/+$/, '')}/publications/v1/${hexOf(publication)}`;
}

function rootOf(place: BucketAddress & {readonly public?: string}): string {
  if (place.public !== undefined) return place.public;
  const parsed = parseBucketAddress(place.url);
  switch (parsed.kind) {
    case 's3':
      return `${addressOf(place, parsed.bucket).href}${parsed.prefix}`;
    case 'web':
      return parsed.url;
    case 'folder':
      return parsed.path;
  }
}
