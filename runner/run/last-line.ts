import {logEnd} from './log-end.ts';

const MOST_BYTES = 4096;

/** The last line of a log, without reading the whole; empty when there is none. */
export function lastLine(file: string): string {
  return logEnd(file, MOST_BYTES).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
}
