import {BucketError} from './bucket-error.ts';

/**
 * How much second tries and waiting all calls together may cost: full at first, refilled by successes. When a server
 * is down, thousands of calls don't each knock eight times; when it keeps everybody waiting, they don't all wait.
 */
export class RetryBudget {
  #tokens: number;
  readonly #most: number;
  /** Waits that led to nothing; those that many calls went through together are one. */
  #stalls = 0;
  #lastStall: {readonly error: BucketError; readonly at: number} | undefined;

  constructor(most = 500) {
    this.#most = most;
    this.#tokens = most;
  }

  /** Whether one more try may be made. */
  take(): boolean {
    if (this.#tokens < COST) return false;
    this.#tokens -= COST;
    return true;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#most, this.#tokens + REFUND);
    this.#stalls = Math.max(0, this.#stalls - STALL_REFUND);
  }

  /** `began`, `now`: when the call that failed was made, and when it failed. */
  failed(error: unknown, began: number, now: number): void {
    if (!(error instanceof BucketError) || !error.costly) return;
    if (this.#lastStall !== undefined && began < this.#lastStall.at) return;
    this.#stalls++;
    this.#lastStall = {error, at: now};
  }

  /** @throws what the last wait ended with, where there were too many. */
  check(): void {
    const last = this.#lastStall?.error;
    if (last === undefined || this.#stalls < MOST_STALLS) return;
    throw new BucketError(last.code, `${last.message} (not asked again, after so much waiting)`, {
      cause: last,
      retryable: false,
      costly: true,
    });
  }
}

/** So a server that fails a fifth of all calls for ever can be worked with (1 in 5 costs 5, four successes give 8). */
const COST = 5;
const REFUND = 2;
/** Two within fifty calls: whoever goes on without this server has lost two windows, and not one for each call. */
const MOST_STALLS = 1.5;
/** A stall in a hundred calls is a matter of luck. */
const STALL_REFUND = 0.01;
