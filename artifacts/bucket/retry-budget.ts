import {BucketError} from './bucket-error.ts';

/**
 * How much second tries and waiting all calls together may cost: full at first, refilled by successes. When a server
 * is down, thousands of calls don't each knock eight times; when it keeps everybody waiting, they don't all wait.
 */
export class RetryBudget {
  #tokens: number;
  readonly #most: number;
  readonly #restMs: number;
  /** How many waits that lead to nothing may still come. */
  #patience = PATIENCE_AT_FIRST;
  /** Waits of many calls at the same time are one: `at` is when it ended. */
  #lastStall: {readonly error: BucketError; readonly at: number} | undefined;
  /** Until then nobody asks. */
  #restUntil = 0;

  constructor({most = 500, restMs = REST_MS} = {}) {
    this.#most = most;
    this.#tokens = most;
    this.#restMs = restMs;
  }

  /** Whether one more try may be made. */
  take(): boolean {
    if (this.#tokens < COST) return false;
    this.#tokens -= COST;
    return true;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + REFUND);
    this.#patience = Math.min(MOST_PATIENCE, this.#patience + PATIENCE_REGAINED);
  }

  /** `began`, `now`: when the call that failed was made, and when it failed. */
  failed(error: unknown, began: number, now: number): void {
    if (!(error instanceof BucketError) || !error.costly) return;
    if (this.#lastStall !== undefined && began < this.#lastStall.at) return;
    this.#patience = Math.max(0, this.#patience - 1);
    this.#lastStall = {error, at: now};
    if (this.#patience === 0) this.#restUntil = now + this.#restMs;
  }

  /** @throws what the last wait ended with, where there were too many. After a rest one more may wait. */
  check(now: number): void {
    const last = this.#lastStall?.error;
    if (last === undefined || now >= this.#restUntil) return;
    throw new BucketError(last.code, `${last.message} (not asked again for a while, after so much waiting)`, {
      cause: last,
      retryable: false,
      costly: true,
    });
  }
}

/** So a server that fails a fifth of all calls for ever can be worked with (1 in 5 costs 5, four successes give 8). */
const COST = 5;
const REFUND = 2;
/** Whoever goes on without this server has lost two windows, and not one for each call. */
const PATIENCE_AT_FIRST = 1.5;
const MOST_PATIENCE = 4;
/** A stall in fifty calls is a bad network; with more than that a server keeps us waiting. */
const PATIENCE_REGAINED = 0.02;
/** A run of hours outlives a server's bad minutes. */
const REST_MS = 300_000;
