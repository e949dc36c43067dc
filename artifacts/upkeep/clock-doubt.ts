import {lstatSync} from 'node:fs';
import {namesIn} from '../files/folder-names.ts';
import type {StoreLayout} from '../layout.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** `ahead`: by the clock nothing was written here for so long. `behind`: by the clock all was written in the future. */
export interface ClockDoubt {
  readonly clock: 'ahead' | 'behind';
  /** The newest that was written, in milliseconds since the epoch. */
  readonly newest: number;
}

/**
 * Ages decide what is garbage, and a clock that is wrong makes everything old, or nothing ever. Whether it is right
 * can't be known; that it doesn't fit what is there can, and then a person says so.
 */
export function clockDoubt({receipts, objects}: StoreLayout, now: number): ClockDoubt | undefined {
  let past = Number.NEGATIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (const folder of [receipts, objects]) {
    for (const time of timesBelow(folder)) {
      newest = Math.max(newest, time);
      if (!isFuture(time, now)) past = Math.max(past, time);
    }
  }
  if (!Number.isFinite(newest)) return undefined;
  if (!Number.isFinite(past)) return {clock: 'behind', newest};
  return past < now - YEAR ? {clock: 'ahead', newest: past} : undefined;
}

/** A day is what machines that share a store may be apart. */
export function isFuture(time: number, now: number): boolean {
  return time > now + DAY;
}

function* timesBelow(folder: string): Generator<number> {
  for (const shard of namesIn(folder, 'unreadable')) {
    for (const name of namesIn(`${folder}/${shard}`, 'unreadable')) {
      const stat = lstatSync(`${folder}/${shard}/${name}`, {throwIfNoEntry: false});
      if (stat !== undefined) yield Math.max(stat.mtimeMs, stat.ctimeMs);
    }
  }
}
