import {performance} from 'node:perf_hooks';

/** Time, as who waits for somebody needs it; a test makes up its own (testing/virtual-clock.ts). */
export interface Clock {
  /** In milliseconds, from some moment; never goes back. */
  readonly now: () => number;
  /** Calls once, after so many milliseconds, unless what it returns is called before. */
  readonly after: (milliseconds: number, call: () => void) => () => void;
}

export const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
