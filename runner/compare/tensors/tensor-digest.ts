import {createHash, type Hash} from 'node:crypto';
import {byCodeUnit} from '../../../schemas/canonical-json.ts';
import type {TensorShape} from '../../../schemas/comparison.ts';
import {torchName} from './number-format.ts';

/**
 * The content digest of named tensors, as traces have it for `parameters`: names, types, shapes and little-endian
 * bits, whatever file they are in. Types are spelt as torch spells them (`float32`); stages/_sdk has the other half.
 */
export function leafHash({name, dtype, shape}: TensorShape): Hash {
  return createHash('sha256').update(`t1\0${name}\0${torchName(dtype)}\0${shape.join(',')}\0`);
}

/** `leaves`: each tensor's hash in hexadecimal, by name. */
export function contentDigest(leaves: ReadonlyMap<string, string>): string {
  const root = createHash('sha256').update('m1\0');
  for (const [name, leaf] of [...leaves].sort(([a], [b]) => byBytes(a, b))) root.update(`${name}\0${leaf}\n`);
  return root.digest('hex');
}

/** UTF-8's order, which is code points'; code units order characters outside the first plane differently. */
export function byBytes(a: string, b: string): number {
  return PLAIN.test(a) && PLAIN.test(b) ? byCodeUnit(a, b) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a range of all of ASCII.
const PLAIN = /^[\u0000-\u007f]*$/;
