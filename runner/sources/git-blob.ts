import {createHash} from 'node:crypto';
import {closeSync, openSync, readSync} from 'node:fs';

/** What git calls a file of these bytes. SHA-1: a check of a list, never an identity. */
export function gitBlobOf(path: string, size: number): string {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  const descriptor = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(2 ** 18);
    for (let read = 1; read > 0; ) {
      read = readSync(descriptor, chunk);
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
