import {byCodeUnit, type Json} from '../../../schemas/canonical-json.ts';
import type {FieldDifference, JsonComparison} from '../../../schemas/comparison.ts';
import {NotReadableSo} from '../not-readable-so.ts';

const MOST_KEPT = 100;

/** Two JSON texts by path. `count` 0: they say the same and are spelt differently. */
export function compareJson(a: string, b: string): JsonComparison {
  const found = jsonDifferences(parse(a), parse(b));
  // Two long numbers may be one double: what JSON.parse can't tell apart, the text does.
  if (found.count === 0 && longNumbers(a) !== longNumbers(b))
    throw new NotReadableSo('numbers that a double can’t hold differ');
  return {kind: 'json', ...found};
}

export function jsonDifferences(
  before: Json | undefined,
  after: Json | undefined,
  most: number = MOST_KEPT,
): {readonly count: number; readonly differences: readonly FieldDifference[]} {
  const differences: FieldDifference[] = [];
  let count = 0;
  for (const difference of walk(before, after, '', 0)) {
    count++;
    if (differences.length < most) differences.push(difference);
  }
  return {count, differences};
}

const DEEPEST = 500;

function* walk(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  depth: number,
): Generator<FieldDifference, void> {
  if (depth > DEEPEST) throw new NotReadableSo(`nested deeper than ${DEEPEST}`);
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      yield* walk(before[i], after[i], `${path}[${i}]`, depth + 1);
  } else if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit))
      yield* walk(own(before, key), own(after, key), pathTo(path, key), depth + 1);
  } else if (before !== after) {
    yield {path, before, after};
  }
}

function own(object: Readonly<Record<string, Json>>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function pathTo(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function isObject(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new NotReadableSo('not JSON');
  }
}

/** Numbers with more digits than a double surely tells apart, in one order for all. */
export function longNumbers(text: string): string {
  const tokens = text.match(/"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g) ?? [];
  return tokens
    .filter((token) => !token.startsWith('"') && token.replace(/\D/g, '').length > 15)
    .sort()
    .join();
}
