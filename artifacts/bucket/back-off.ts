import type {TimeAndChance} from './surroundings.ts';

/** How long somebody waits between two tries. What differs between those who wait is said here, and nothing else does. */
export interface BackOff {
  /** After the first try; doubles with every further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /**
   * The share that is always waited; the rest is chance. 0 for many calls of one process that fail together: they spread
   * over the whole time. A half for the few tries of one file, which shall not all be over in a moment by bad luck.
   */
  readonly surely: 0 | 0.5;
  /** The most that a server's `Retry-After` is heeded, where nobody else bounds the waiting. */
  readonly longestAskedMs?: number;
}

/** Never less than what the server asked for. */
export function backOffMs(
  {firstMs, longestMs, surely, longestAskedMs = Number.POSITIVE_INFINITY}: BackOff,
  tries: number,
  {random}: Pick<TimeAndChance, 'random'>,
  askedMs = 0,
): number {
  const doubled = Math.min(firstMs * 2 ** (tries - 1), longestMs);
  const ours = doubled * (surely + random() * (1 - surely));
  return Math.max(ours, Math.min(askedMs, longestAskedMs));
}
