import {closeSync, fstatSync, openSync, readSync} from 'node:fs';

export interface Progress {
  readonly step: number;
  readonly total: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** More than this between two looks is skipped: progress is for people, and a stage must not flood us. */
const MOST_BYTES = 64 * 1024;

/**
 * Reads what a running stage appends to progress.jsonl, the newest whole line of each look. The file is the
 * stage's own: anything may be in it, and nothing in it may trouble the run.
 */
export function progressTail(file: string): {latest(): Progress | undefined} {
  let offset = 0;
  return {
    latest() {
      const text = readFrom(file, offset);
      const end = text.lastIndexOf('\n');
      if (end < 0) return undefined;
      offset += Buffer.byteLength(text.slice(0, end + 1));
      return parseProgress(text.slice(text.lastIndexOf('\n', end - 1) + 1, end));
    },
  };
}

function readFrom(file: string, offset: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return ''; // Not written yet.
  }
  try {
    const size = fstatSync(descriptor).size - offset;
    if (size <= 0) return '';
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, offset));
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

function numbersOf(metrics: unknown): Readonly<Record<string, number>> {
  if (typeof metrics !== 'object' || metrics === null) return {};
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => typeof value === 'number'));
}
