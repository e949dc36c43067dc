import {closeSync, readSync} from 'node:fs';
import {openRegularFile} from '../../artifacts/files/open-regular-file.ts';

/** The newest bytes of a log, without reading the whole; none when nothing was written. */
export function logEnd(file: string, most: number): Buffer {
  const opened = openRegularFile(file);
  if (!opened.ok) return Buffer.alloc(0);
  const {descriptor, stat} = opened.value;
  try {
    const bytes = Buffer.alloc(Math.min(stat.size, most));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, stat.size - bytes.length));
  } finally {
    closeSync(descriptor);
  }
}
