import type {Surroundings} from '../bucket/surroundings.ts';
import type {S3Address} from './s3-address.ts';
import {S3Bucket} from './s3-bucket.ts';
import {S3Connection} from './s3-connection.ts';

export async function openS3Bucket(place: S3Address, surroundings: Surroundings): Promise<S3Bucket> {
  return new S3Bucket(await S3Connection.open(place, surroundings));
}
