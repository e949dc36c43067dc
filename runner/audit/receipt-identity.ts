import {digestOfBytes} from '../../artifacts/hashing.ts';
import {keyOf} from '../../artifacts/receipts/key-of.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';

/** What a receipt's key must be. */
export function trueKey({document}: Receipt): Digest {
  return keyOf(document);
}

/** What its hardware class must be. */
export function trueClass({hardware}: Receipt): Digest {
  return digestOfBytes(canonicalJson(hardware.facts));
}
