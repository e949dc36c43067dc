import {BucketError} from './bucket-error.ts';

/**
 * How much second tries and waiting all calls together may cost: full at first, refilled by successes. When a server
 * is down, thousands of calls don't each knock eight times; when it keeps everybody waiting, they don't all wait.
 */
export class RetryBudget {
  #tokens: number;
  readonly #most: number;
  /** Waits that led to nothing. */
  #stalls = 0;
  #lastStall: BucketError | undefined;
  /** Until then nobody asks; by the clock that `check` is given. */
  #restUntil = 0;

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

  failed(error: unknown, now: number): void {
    if (!(error instanceof BucketError) || !error.costly) return;
    this.#stalls++;
    this.#lastStall = error;
    if (this.#stalls >= MOST_STALLS) this.#restUntil = now + REST_MS;
  }

  /** @throws what the last wait ended with, where there were too many. After a rest one more may wait. */
  check(now: number): void {
    const last = this.#lastStall;
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
const MOST_STALLS = 4;
/** A run of hours outlives a server's bad minutes. */
const REST_MS = 300_000;
/** A stall in ten calls is a bad network; with more than that a server keeps us waiting. */
const STALL_REFUND = 0.1;
