import type {ByteRange, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';

/** What an HTTP answer says about its bytes. */
export interface AnsweredBody {
  readonly status: number;
  readonly headers: {
    readonly 'content-length'?: string | undefined;
    readonly 'content-range'?: string | undefined;
  };
  chunks(): AsyncIterable<Uint8Array>;
  discard(): void;
}

type Headed = Pick<AnsweredBody, 'headers'>;

/**
 * The asked bytes out of an answer with status 200, 206 or 416. A server that knows no ranges sends everything
 * (200): then the rest is skipped. Fewer bytes than announced are `truncated` even when the connection ended
 * cleanly; more are never handed on.
 */
export function readingOf(answer: AnsweredBody, range: ByteRange | undefined, what: string): Reading {
  if (answer.status === 416) {
    answer.discard();
    // There is no range from the beginning only where there is nothing.
    return {size: sizeAfterSlash(answer) ?? (range?.from === 0 ? 0 : undefined), chunks: nothing()};
  }
  if (answer.status === 206) return readingOfPart(answer, range, what);
  const size = lengthOf(answer);
  const from = range?.from ?? 0;
  const to = Math.min(range?.to ?? Number.POSITIVE_INFINITY, size ?? Number.POSITIVE_INFINITY);
  return {size, chunks: slice(answer, from, to, size, what)};
}

function readingOfPart(answer: AnsweredBody, range: ByteRange | undefined, what: string): Reading {
  const part = partIn(answer);
  if (part?.first !== (range?.from ?? 0)) {
    answer.discard();
    throw new BucketError('refused', `${what}: other bytes came than were asked for`);
  }
  const length = part.last + 1 - part.first;
  const asked = range?.to === undefined ? length : Math.min(length, range.to - part.first);
  return {size: sizeAfterSlash(answer), chunks: slice(answer, 0, asked, asked, what)};
}

/** Which bytes a 206 says that it brings; `last` is one of them. */
export function partIn({headers}: Headed): {readonly first: number; readonly last: number} | undefined {
  const [, first, last] = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  return first === undefined ? undefined : {first: Number(first), last: Number(last)};
}

/** Of the whole, as a 206 or a 416 tells it. */
export function sizeAfterSlash({headers}: Headed): number | undefined {
  const size = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  return size === undefined ? undefined : Number(size);
}

export function lengthOf({headers}: Headed): number | undefined {
  const length = headers['content-length'];
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Bytes [from, to) of what comes; `ends` is where it must not end before. */
async function* slice(
  answer: AnsweredBody,
  from: number,
  to: number,
  ends: number | undefined,
  what: string,
): AsyncGenerator<Uint8Array> {
  if (from >= to) return answer.discard();
  let at = 0;
  for await (const chunk of answer.chunks()) {
    const wanted = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += chunk.length;
    if (wanted.length > 0) yield wanted;
    if (at >= to) return;
  }
  if (ends === undefined || at >= Math.min(to, ends)) return;
  throw new BucketError('truncated', `${what}: ended after ${at} of ${ends} bytes`);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A range that begins where the object ends.
}
