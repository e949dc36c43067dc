import {randomInt} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {BucketError, type BucketErrorCode} from '../bucket/bucket-error.ts';
import {diskTroubleOf} from '../disk-trouble.ts';
import {StoreError, type StoreErrorCode} from '../store-error.ts';

const CODES: Readonly<Record<BucketErrorCode, StoreErrorCode>> = {
  denied: 'denied',
  'no-bucket': 'unavailable',
  busy: 'unavailable',
  damaged: 'unavailable',
  truncated: 'unavailable',
  unreachable: 'unavailable',
  refused: 'unavailable',
  'bad-file': 'corrupt',
};

/** A bucket's trouble in the words of a store; passes on what isn't a bucket's. */
export function fromBucket(error: unknown, subject: string): unknown {
  if (!(error instanceof BucketError)) return error;
  return new StoreError(isFull(error) ? 'full' : CODES[error.code], subject, error.message, {
    cause: error,
    retryable: error.retryable,
  });
}

/** Of a folder that is used as a bucket: its disk. */
function isFull({cause}: BucketError): boolean {
  return diskTroubleOf(cause)?.trouble === 'full';
}

/** Runs one call to a bucket with its trouble told as a store's. */
export async function asStore<T>(subject: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromBucket(error, subject);
  }
}

/** How often reading goes on after it broke off with next to nothing more. */
const MOST_FAILURES = 6;
/** Where each of them kept us waiting as long as we wait at all. */
const MOST_COSTLY_FAILURES = 1;

/**
 * Waits before the next try, longer each time and never as long as another reader; rethrows what another try
 * would not help.
 */
export async function pauseOrThrow(error: unknown, failures: number, signal?: AbortSignal): Promise<void> {
  if (!(error instanceof BucketError) || !error.retryable) throw error;
  if (failures > (error.costly ? MOST_COSTLY_FAILURES : MOST_FAILURES)) throw error;
  const most = Math.min(5000, 50 * 2 ** failures);
  await sleep(Math.max(error.retryAfterMs ?? 0, randomInt(most)), undefined, signal && {signal});
}
