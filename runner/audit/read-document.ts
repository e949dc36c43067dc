import {canonicalJson} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Check} from '../../schemas/strict-shape.ts';
import {utf8Text} from '../../schemas/utf8.ts';

/**
 * A stranger's document: UTF-8, JSON, of a known shape, and the very bytes that `canonicalJson` writes for it. So
 * there are no duplicate keys, no unknown fields, no second spelling and no number that two readers read apart.
 */
export function readPublishedDocument(
  bytes: Uint8Array,
  limit: number,
  shape: Check,
): Result<unknown, string> {
  if (bytes.length > limit) return err(`larger than the ${limit} bytes that it may have`);
  const text = utf8Text(bytes);
  if (text === undefined) return err('not UTF-8');
  try {
    const value: unknown = JSON.parse(text);
    const broken = shape(value, '$');
    if (broken !== undefined) return err(broken.slice(0, 200));
    if (canonicalJson(value) !== text) return err('not in canonical form');
    // In canonical form no other text can be this key; copied by assignment it would be no key at all.
    return text.includes('"__proto__":') ? err('a key is __proto__') : ok(value);
  } catch {
    // Not JSON, a lone surrogate, or nested deeper than anything that was ever written.
    return err('not a JSON document');
  }
}
