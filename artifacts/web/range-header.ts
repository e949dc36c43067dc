import type {ByteRange} from '../bucket/bucket.ts';

/** `to` is exclusive here and inclusive in HTTP, which can't ask for no bytes: of an empty range one byte comes, and is dropped. */
export function rangeHeader({from, to}: ByteRange): string {
  return `bytes=${from}-${to === undefined ? '' : Math.max(from, to - 1)}`;
}
