import type {TreeEntry, TreeManifest} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {isDigest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {utf8Text} from '../../schemas/utf8.ts';
import {checkPath, LIMITS} from '../path-rules.ts';
import {Collisions} from './collisions.ts';

/** What is wrong with a manifest; `at` is the offending path or place. */
export interface ManifestFault {
  readonly at: string;
  readonly why: string;
}

/**
 * Reads a manifest as a stranger's. Its bytes must be what `encodeManifest` writes for its content, so
 * there are no duplicate keys, no second spelling, and no two manifests with one meaning.
 */
export function parseManifest(bytes: Uint8Array): Result<TreeManifest, ManifestFault> {
  if (bytes.length > LIMITS.manifestBytes) return fault('$', 'larger than a manifest may be');
  const text = utf8Text(bytes);
  if (text === undefined) return fault('$', 'not UTF-8');
  const manifest = asManifest(parseJson(text));
  if (!manifest.ok) return manifest;
  const broken = firstFault(manifest.value.entries);
  if (broken !== undefined) return err(broken);
  return isCanonical(manifest.value, text) ? manifest : fault('$', 'not in canonical form');
}

/** Entry by entry: the text of a large tree is not written a second time to be compared with the first. */
function isCanonical({entries}: TreeManifest, text: string): boolean {
  let at = 0;
  const goesOnWith = (expected: string) => {
    const matches = text.startsWith(expected, at);
    at += expected.length;
    return matches;
  };
  if (!goesOnWith('{"entries":[')) return false;
  for (const [i, entry] of entries.entries()) {
    if (!goesOnWith(i === 0 ? canonicalJson(entry) : `,${canonicalJson(entry)}`)) return false;
  }
  return goesOnWith('],"tree":1}') && at === text.length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asManifest(value: unknown): Result<TreeManifest, ManifestFault> {
  if (!hasExactly(value, ['entries', 'tree'])) return fault('$', 'not a manifest');
  if (value.tree !== 1) return fault('$.tree', 'not format 1');
  const entries = value.entries;
  if (!Array.isArray(entries)) return fault('$.entries', 'not a list');
  if (entries.length > LIMITS.entries) return fault('$.entries', 'too many entries');
  const wrong = entries.findIndex((entry) => !isEntry(entry));
  if (wrong >= 0) return fault(`$.entries[${wrong}]`, 'not an entry');
  return ok({tree: 1, entries});
}

function isEntry(value: unknown): value is TreeEntry {
  return (
    hasExactly(value, ['digest', 'executable', 'path', 'size']) &&
    isDigest(value.digest) &&
    typeof value.executable === 'boolean' &&
    typeof value.path === 'string' &&
    typeof value.size === 'number' &&
    Number.isSafeInteger(value.size) &&
    value.size >= 0 &&
    value.size <= LIMITS.fileBytes
  );
}

function firstFault(entries: readonly TreeEntry[]): ManifestFault | undefined {
  const collisions = new Collisions();
  let before: string | undefined;
  let sum = 0;
  for (const {path, size} of entries) {
    const rule = checkPath(path);
    if (!rule.ok) return {at: path, why: rule.error};
    if (before !== undefined && path <= before) return {at: path, why: 'not in order, or twice'};
    const other = collisions.add(path);
    if (other !== undefined) return {at: path, why: `collides with ${other}`};
    sum += size;
    if (sum > LIMITS.treeBytes) return {at: path, why: 'the tree is too large'};
    before = path;
  }
  return undefined;
}

function hasExactly<K extends string>(value: unknown, keys: readonly K[]): value is Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const found = Object.keys(value);
  return found.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

function fault(at: string, why: string): Result<never, ManifestFault> {
  return err({at, why});
}
