/**
 * How many second tries all calls together may make: full at first, refilled by successes.
 * When a server is down, thousands of calls don't each knock eight times.
 */
export class RetryBudget {
  #tokens: number;
  readonly #most: number;

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
  }
}

/** So a server that fails a fifth of all calls for ever can be worked with (1 in 5 costs 5, four successes give 8). */
const COST = 5;
const REFUND = 2;
