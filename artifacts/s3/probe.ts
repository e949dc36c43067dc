import {randomUUID} from 'node:crypto';
import {BucketError} from '../bucket/bucket-error.ts';
import type {Surroundings} from '../bucket/surroundings.ts';
import {listBucketKeys} from './list-keys.ts';
import type {Attempt, ProbeAnswer, ProbeName} from './probe-attempt.ts';
import {PROBES} from './probes.ts';
import {removeKeys} from './remove-keys.ts';
import type {S3Address} from './s3-address.ts';
import {S3Connection} from './s3-connection.ts';
import {abandonUploads} from './uploads.ts';

export interface Probed {
  readonly probe: ProbeName;
  /** Whether the server does it; undefined when it could not be found out. */
  readonly does: boolean | undefined;
  /** What was seen: `412`, `16 of 16 won`. */
  readonly seen: string;
}

export interface ProbeReport {
  readonly bucket: string;
  readonly host: string;
  readonly verdict: Usability;
  readonly probes: readonly Probed[];
  /** What could not be removed again. */
  readonly left: readonly string[];
}

export type Usability =
  | {readonly usable: 'yes'}
  /** Two writers at the same time could overwrite each other's receipts and publications. */
  | {readonly usable: 'one writer'; readonly because: readonly ProbeName[]}
  | {readonly usable: 'no'; readonly because: readonly ProbeName[]};

/** `probeServer`, for who has no connection yet. */
export async function probeBucket(place: S3Address, surroundings: Surroundings): Promise<ProbeReport> {
  const connection = await S3Connection.open(place, surroundings);
  try {
    return await probeServer(connection);
  } finally {
    connection.close();
  }
}

/**
 * What a server of S3 really does, of what repro would like to rely on. Everything happens in a prefix of its
 * own, which is removed. Throws a BucketError when nothing can be written at all.
 */
async function probeServer(connection: S3Connection): Promise<ProbeReport> {
  const attempt: Attempt = {connection, prefix: `${connection.place.prefix}probe/${randomUUID()}/`};
  const probes: Probed[] = [];
  try {
    for (const [probe, run] of PROBES) probes.push({probe, ...(await answerOf(run, attempt, probe))});
  } finally {
    await removeQuietly(attempt);
  }
  const {bucket, prefix} = connection.place;
  return {
    bucket: `s3://${bucket}/${prefix}`.replace(/\/$/, ''),
    host: connection.host,
    verdict: usabilityOf(probes),
    probes,
    left: await leftOver(attempt),
  };
}

/** The first probe is whether anything works; of the others, trouble is an answer too. */
async function answerOf(
  run: (attempt: Attempt) => Promise<ProbeAnswer>,
  attempt: Attempt,
  probe: ProbeName,
): Promise<ProbeAnswer> {
  try {
    return await run(attempt);
  } catch (error) {
    if (!(error instanceof BucketError) || probe === 'write and read') throw error;
    return {does: undefined, seen: error.message};
  }
}

async function removeQuietly(attempt: Attempt): Promise<void> {
  try {
    await abandonUploads(attempt.connection, attempt.prefix, Number.POSITIVE_INFINITY);
    await removeKeys(attempt.connection, await keysOf(attempt));
  } catch {
    // Said by `left`, and the error that led here matters more.
  }
}

async function leftOver(attempt: Attempt): Promise<readonly string[]> {
  try {
    return await keysOf(attempt);
  } catch {
    return [attempt.prefix];
  }
}

async function keysOf({connection, prefix}: Attempt): Promise<readonly string[]> {
  const base = connection.place.prefix;
  const keys: string[] = [];
  for await (const {key} of listBucketKeys(connection, prefix.slice(base.length))) keys.push(base + key);
  return keys;
}

/** Without these nothing can be stored, or be found again. */
const ESSENTIAL: readonly ProbeName[] = ['write and read', 'missing keys', 'ranges', 'parts', 'removal'];
const FOR_MANY_WRITERS: readonly ProbeName[] = ['conditional put', 'race'];

export function usabilityOf(probes: readonly Probed[]): Usability {
  const failing = (names: readonly ProbeName[]) =>
    probes.filter(({probe, does}) => names.includes(probe) && does !== true).map(({probe}) => probe);
  const essential = failing(ESSENTIAL);
  if (essential.length > 0) return {usable: 'no', because: essential};
  const alone = failing(FOR_MANY_WRITERS);
  return alone.length > 0 ? {usable: 'one writer', because: alone} : {usable: 'yes'};
}
