import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {type MetricNumber, NOT_FINITE} from '../../schemas/metric-number.ts';

export interface Progress {
  readonly step: number;
  readonly total: number | null;
  readonly metrics: Readonly<Record<string, MetricNumber>>;
}

/** More than this between two looks is skipped: progress is for people, and a stage must not flood us. */
const MOST_BYTES = 64 * 1024;

const NEW_LINE = 10;

/**
 * Reads what a running stage appends to progress.jsonl, the newest whole line of each look. The file is the
 * stage's own: anything may be in it or in its place, and nothing of that may trouble the run.
 */
export function progressTail(file: string): {latest(): Progress | undefined} {
  let seen = 0;
  return {
    latest() {
      const {bytes, from} = readEnd(file, seen);
      const end = bytes.lastIndexOf(NEW_LINE);
      if (end < 0) return undefined;
      seen = from + end + 1;
      const start = end === 0 ? 0 : bytes.lastIndexOf(NEW_LINE, end - 1) + 1;
      return parseProgress(bytes.toString('utf8', start, end));
    },
  };
}

interface End {
  readonly bytes: Buffer;
  readonly from: number;
}

const NOTHING: End = {bytes: Buffer.alloc(0), from: 0};

/** What was appended after `seen` bytes; only the last of it when that is much. */
function readEnd(file: string, seen: number): End {
  let descriptor: number;
  try {
    // A link would lead out of the scratch directory, and opening a FIFO would stop the whole run.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return NOTHING; // Not written yet.
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return NOTHING;
    const from = Math.max(seen, stat.size - MOST_BYTES);
    const bytes = Buffer.alloc(Math.max(0, stat.size - from));
    return {bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from)), from};
  } finally {
    closeSync(descriptor);
  }
}

function parseProgress(line: string): Progress | undefined {
  try {
    const {step, total, metrics} = JSON.parse(line) as {step?: unknown; total?: unknown; metrics?: unknown};
    if (typeof step !== 'number') return undefined;
    return {step, total: typeof total === 'number' ? total : null, metrics: numbersOf(metrics)};
  } catch {
    return undefined;
  }
}

function numbersOf(metrics: unknown): Readonly<Record<string, MetricNumber>> {
  if (typeof metrics !== 'object' || metrics === null) return {};
  return Object.fromEntries(Object.entries(metrics).filter(isMetric));
}

function isMetric(entry: [string, unknown]): entry is [string, MetricNumber] {
  const [, value] = entry;
  return typeof value === 'number' || (typeof value === 'string' && NOT_FINITE.has(value));
}
