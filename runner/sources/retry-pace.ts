import {randomInt} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';

/** Time and chance, for whoever waits between two tries. */
export interface Pace {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

export function realPace(now: () => number): Pace {
  return {
    now,
    sleep: (ms, signal) => wait(ms, undefined, {signal}),
    random: () => randomInt(2 ** 32) / 2 ** 32,
  };
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A server may ask for more patience than we would have, up to this. */
const LONGEST_ASKED_MS = 120_000;

/** Doubles with every try, and is spread by half, so that many who failed together do not come back together. */
export function backoffMs(tries: number, random: () => number, askedMs: number | undefined): number {
  const doubled = Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS);
  const ours = Math.round(doubled * (0.5 + random() / 2));
  return Math.max(ours, Math.min(askedMs ?? 0, LONGEST_ASKED_MS));
}

/** `Retry-After`: seconds, or a date. */
export function retryAfterOrDateMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
