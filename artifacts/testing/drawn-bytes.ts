import {createHash} from 'node:crypto';
import {SEED} from './seed.ts';

let drawn = 0;

/** Bytes that nothing compresses and no two calls share, and that are the same in every run of a test file. */
export function drawnBytes(size: number): Buffer {
  return createHash('shake256', {outputLength: Math.max(1, size)})
    .update(`${SEED} ${drawn++}`)
    .digest()
    .subarray(0, size);
}
