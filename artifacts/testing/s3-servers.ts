import {randomUUID} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as later} from 'node:timers/promises';
import {inject} from 'vitest';
import type {BucketAddress, Credentials} from '../bucket/bucket-address.ts';
import type {ServerKind, ServerState} from './s3-server-state.ts';

export interface S3Server {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Of somebody who owns nothing. */
  readonly otherCredentials: Credentials;
  /** A new, empty bucket; its name. */
  makeBucket(): Promise<string>;
  /** The same, as a place to open. */
  makePlace(prefix?: string): Promise<BucketAddress>;
  /** Lets anybody read what is in a bucket, but not list it. */
  makePublic(bucket: string): Promise<void>;
}

export interface AbsentServer {
  readonly absent: string;
}

/** A real server on loopback, started once for the whole test run; or why there is none: `context.skip` with that. */
export async function s3Server(kind: ServerKind): Promise<S3Server | AbsentServer> {
  const folder = inject('s3Servers');
  if (folder === undefined)
    return {absent: `${kind}: artifacts/testing/start-s3-servers.ts is no globalSetup of this run`};
  const state = await stateOf(kind, folder);
  return 'absent' in state ? {absent: `${kind}: ${state.absent}`} : serverAt(state.endpoint);
}

async function stateOf(kind: ServerKind, folder: string): Promise<ServerState> {
  writeFileSync(join(folder, `${kind}.wanted`), '');
  const file = join(folder, `${kind}.json`);
  for (let waits = 0; waits < 1200; waits++) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // It may be read while it is written.
    if (text.endsWith('}')) return JSON.parse(text);
    await later(50);
  }
  return {absent: 'not ready after a minute'};
}

const CREDENTIALS: Credentials = {accessKeyId: 'AK', secretAccessKey: 'SK'};
const OTHER: Credentials = {accessKeyId: 'OTHER', secretAccessKey: 'OTHERSECRET'};

function serverAt(endpoint: string): S3Server {
  const makeBucket = async () => {
    const name = `test-${randomUUID()}`;
    await asOwner(endpoint, (client, {CreateBucketCommand}) =>
      client.send(new CreateBucketCommand({Bucket: name})),
    );
    return name;
  };
  return {
    endpoint,
    credentials: CREDENTIALS,
    otherCredentials: OTHER,
    makeBucket,
    makePlace: async (prefix = '') => ({
      url: `s3://${await makeBucket()}/${prefix}`,
      endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
    }),
    makePublic: async (bucket) => {
      const Policy = JSON.stringify(readableByAll(bucket));
      await asOwner(endpoint, (client, {PutBucketPolicyCommand}) =>
        client.send(new PutBucketPolicyCommand({Bucket: bucket, Policy})),
      );
    },
  };
}

function readableByAll(bucket: string) {
  const Resource = [`arn:aws:s3:::${bucket}/*`];
  return {
    Version: '2012-10-17',
    Statement: [{Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource}],
  };
}

type SdkModule = typeof import('@aws-sdk/client-s3');

/** For what is no part of the port: whole buckets, policies, what is left over. */
export async function asOwner<T>(
  endpoint: string,
  call: (client: InstanceType<SdkModule['S3Client']>, commands: SdkModule) => Promise<T>,
): Promise<T> {
  const commands = await import('@aws-sdk/client-s3');
  const client = new commands.S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: {accessKeyId: CREDENTIALS.accessKeyId, secretAccessKey: CREDENTIALS.secretAccessKey},
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  try {
    return await call(client, commands);
  } finally {
    client.destroy();
  }
}
