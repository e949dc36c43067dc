import {type Clock, REAL_CLOCK} from './clock.ts';

/**
 * How slow a server may be, in one place for all that comes over a network: whoever is waited for brings `bytes` in
 * every `windowMs`, and the beginning of an answer in twice that, or is given up. Silence alone is no rule: a
 * byte now and then would hold us for ever.
 */
export interface PaceLaw {
  readonly windowMs: number;
  readonly bytes: number;
  /** The most for a whole body, where the law asks for next to nothing else. */
  readonly longestMs?: number;
  readonly clock: Clock;
}

export const DEFAULT_WINDOW_MS = 20_000;
const MOST_BYTES = 2000;

/** The slowest line that is anybody's: 100 bytes a second. Who waits longer asks for less: the bytes stay. */
export function paceLaw(windowMs = DEFAULT_WINDOW_MS, clock: Clock = REAL_CLOCK): PaceLaw {
  return {windowMs, bytes: Math.min(MOST_BYTES, windowMs / 10), clock};
}

/** For a body that is sent: the system takes it in bursts, as its buffers empty. */
export function forSending(law: PaceLaw): PaceLaw {
  return {...law, windowMs: 3 * law.windowMs};
}

/** For an answer that takes its time by its nature, and is kept alive with a blank now and then. */
export function unhurried(law: PaceLaw): PaceLaw {
  return {...law, windowMs: 3 * law.windowMs, bytes: 1, longestMs: 45 * law.windowMs};
}

/** Until the head of the answer is here: name, connection, TLS, and all that servers say before they answer. */
export function answerMs({windowMs}: PaceLaw): number {
  return 2 * windowMs;
}

/** The variable by which a user on a slow line waits longer; in the messages, so that it can be found. */
export const PATIENCE_VARIABLE = 'REPRO_PATIENCE';

export function waitLonger({windowMs}: Pick<PaceLaw, 'windowMs'>): string {
  return `on a slow line wait longer: ${PATIENCE_VARIABLE}=${Math.ceil((6 * windowMs) / 1000)} (seconds)`;
}

/** The variable's value in milliseconds; undefined where it is not set, `wrong` where it is no number of seconds. */
export function patienceOf(text: string | undefined): number | undefined | 'wrong' {
  if (text === undefined || text === '') return undefined;
  return /^[1-9]\d{0,4}$/.test(text) ? Number(text) * 1000 : 'wrong';
}

export const PATIENCE_RULE = `${PATIENCE_VARIABLE} is a number of seconds, from 1 to 99999`;
