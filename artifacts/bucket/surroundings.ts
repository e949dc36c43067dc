import {randomInt} from 'node:crypto';
import {performance} from 'node:perf_hooks';
import {setTimeout as later} from 'node:timers/promises';
import {DEFAULT_WINDOW_MS} from './pace-law.ts';

/** What whoever waits between two tries needs of the world, so that tests can make it up. */
export interface TimeAndChance {
  /** Wall clock in milliseconds since the epoch: S3 signatures have a date. */
  readonly now: () => number;
  /** Rejects as soon as the signal says so. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What a bucket needs of it. */
export interface Surroundings extends TimeAndChance {
  /** How long a server may keep us waiting: bucket/pace-law.ts. */
  readonly idleMs: number;
  /** How long a server that stalled too often is left alone, where not as retry-budget.ts says. */
  readonly restMs?: number;
}

/** `timeOrigin` is the wall clock at start; a clock that is set meanwhile is noticed as skew and corrected (s3/). */
export const REAL_SURROUNDINGS: Surroundings = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (milliseconds, signal) => later(milliseconds, undefined, signal && {signal}),
  random: () => randomInt(2 ** 32) / 2 ** 32,
  idleMs: DEFAULT_WINDOW_MS,
};
