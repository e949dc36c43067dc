import {type BackOff, backOffMs} from '../bucket/back-off.ts';
import {BucketError, type BucketErrorCode} from '../bucket/bucket-error.ts';
import {REAL_SURROUNDINGS} from '../bucket/surroundings.ts';
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
/** Short: the server has just answered, and the call that opens the next reading waits by itself. */
const BACK_OFF: BackOff = {firstMs: 100, longestMs: 5000, surely: 0};

/**
 * Waits before the next try, longer each time and never as long as another reader; rethrows what another try
 * would not help.
 */
export async function pauseOrThrow(error: unknown, failures: number, signal?: AbortSignal): Promise<void> {
  if (!(error instanceof BucketError) || !error.retryable) throw error;
  if (failures > (error.costly ? MOST_COSTLY_FAILURES : MOST_FAILURES)) throw error;
  const {sleep} = REAL_SURROUNDINGS;
  await sleep(backOffMs(BACK_OFF, failures, REAL_SURROUNDINGS, error.retryAfterMs), signal);
}
