import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';
import {digestOfBytes} from '../hashing.ts';

/** A stage's key: the one place where a key document becomes a hash. */
export function keyOf(document: KeyDocument): Digest {
  return digestOfBytes(canonicalJson(document));
}
