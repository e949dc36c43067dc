import {type BucketAddress, openReadableBucket} from '../../artifacts/open/open-bucket.ts';
import type {OpenSourceBucket, UserVariables} from './fetch-context.ts';

/** Where the bucket of an `s3:` source is: from the user's own configuration. */
export type AddressOfBucket = (url: string) => BucketAddress;

export function openSourceBuckets(placeOf: AddressOfBucket): OpenSourceBucket {
  return (bucket) => openReadableBucket(placeOf(`s3://${bucket}`));
}

/** By the variables that every S3 tool knows; without an endpoint it is AWS. */
export function addressByVariables(variables: UserVariables): AddressOfBucket {
  const given = (name: string) => variables[name] || undefined;
  return (url) => ({
    url,
    endpoint: given('REPRO_S3_ENDPOINT') ?? given('AWS_ENDPOINT_URL_S3') ?? given('AWS_ENDPOINT_URL'),
    region: given('AWS_REGION') ?? given('AWS_DEFAULT_REGION'),
    profile: given('AWS_PROFILE'),
  });
}
