import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';

const MOST_BYTES = 4096;

/** The last line of a log, without reading the whole; empty when there is none. */
export function lastLine(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return ''; // It wrote nothing.
  }
  try {
    const {size} = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  } finally {
    closeSync(descriptor);
  }
}
