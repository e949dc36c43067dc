import type {Clock} from '../bucket/clock.ts';

/** Time that passes when a test says so. */
export interface VirtualClock extends Clock {
  /** Lets so much time pass; what is due is called in its order. */
  pass(milliseconds: number): void;
  /** How many wait for a moment that is still to come. */
  waiting(): number;
}

export function virtualClock(): VirtualClock {
  let now = 0;
  let due: {readonly at: number; readonly call: () => void}[] = [];
  return {
    now: () => now,
    after: (milliseconds, call) => {
      const entry = {at: now + milliseconds, call};
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    pass(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const [next] = due.filter(({at}) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        due = due.filter((other) => other !== next);
        next.call();
      }
      now = until;
    },
    waiting: () => due.length,
  };
}
