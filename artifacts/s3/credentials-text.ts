import {BucketError} from '../bucket/bucket-error.ts';
import type {S3Address} from './s3-address.ts';

/** Where credentials came from, in words; never what they are. */
export function credentialsText(credentials: object): string {
  const source = '$source' in credentials ? Object.keys(credentials.$source ?? {}) : [];
  const known = SOURCES.find(([feature]) => source.some((each) => each.startsWith(feature)));
  return `credentials from ${known?.[1] ?? 'the provider chain of AWS'}`;
}

/** The more particular before the general: a list, since several are noted on the way. */
const SOURCES: readonly (readonly [feature: string, text: string])[] = [
  ['CREDENTIALS_CODE', 'the configuration of the store'],
  ['CREDENTIALS_ENV_VARS', 'AWS_ACCESS_KEY_ID'],
  ['CREDENTIALS_PROFILE_SSO', 'single sign-on (~/.aws/config)'],
  ['CREDENTIALS_SSO', 'single sign-on'],
  ['CREDENTIALS_PROFILE_PROCESS', 'the credential_process of ~/.aws/config'],
  ['CREDENTIALS_PROCESS', 'a credential_process'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'an assumed role'],
  ['CREDENTIALS_PROFILE', '~/.aws'],
  ['CREDENTIALS_HTTP', 'the container'],
  ['CREDENTIALS_IMDS', 'the instance'],
];

export function noCredentials({bucket, profile}: S3Address, cause: unknown): BucketError {
  const why = profile === undefined ? '' : ` in profile ${profile}`;
  const message =
    `s3://${bucket}: no credentials found${why}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ` +
    'or AWS_PROFILE, or run `aws configure`; to read what is public, ask for it anonymously';
  return new BucketError('denied', message, {cause});
}
