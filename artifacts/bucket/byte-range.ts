import type {ByteRange} from './bucket.ts';
import {BucketError} from './bucket-error.ts';

/** A range as it falls on `size` bytes. One that begins at the end or beyond is empty, not an error: a reader goes on from where it was. */
export function clip(
  range: ByteRange | undefined,
  size: number,
): {readonly from: number; readonly to: number} {
  const from = Math.min(range?.from ?? 0, size);
  return {from, to: Math.max(from, Math.min(range?.to ?? size, size))};
}

export function checkedRange(range: ByteRange | undefined): ByteRange | undefined {
  if (range === undefined) return undefined;
  const {from, to = from} = range;
  if (Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(to) && to >= from) return range;
  throw new BucketError('refused', `not a range of bytes: ${from} to ${to}`);
}
