import type {FieldDifference, RowComparison, RowDifference, RowNames} from '../../../schemas/comparison.ts';
import type {ByteFile} from '../byte-file.ts';
import {jsonDifferences, longNumbers} from './compare-json.ts';
import {
  chooseKey,
  commonRows,
  type IndexedRow,
  indexRows,
  MOST_INDEXED,
  readRow,
  rowsOf,
} from './row-index.ts';
import {keyText} from './row-key.ts';

const MOST_NAMED = 10;
const MOST_LOOKED_INTO = 10_000;
const MOST_FIELDS = 20;

/**
 * JSON Lines. Rows that both files begin with are passed over; of the rest an index is kept, not the rows. What names
 * a row is chosen from row-key.ts and said in the result; where nothing does, rows are compared by their number.
 */
export function compareRows(a: ByteFile, b: ByteFile): RowComparison {
  const skip = commonRows(a, b);
  const rows = [countRows(a), countRows(b)] as const;
  const isIndexed = Math.max(...rows) - skip <= MOST_INDEXED;
  const key = isIndexed ? chooseKey([a, b], skip) : [];
  const before = isIndexed ? indexRows(a, skip, key) : [];
  const after = isIndexed ? indexRows(b, skip, key) : [];
  const isNamed = isIndexed && (key.length > 0 || isReordering(before, after));
  const found = isNamed ? byKey(before, after, key) : byNumber(a, b, skip);
  const {added, removed, moved, pairs, changed} = found;
  return {
    kind: 'rows',
    rows,
    key: isNamed ? key : [],
    added,
    removed,
    moved,
    ...changedRows(a, b, pairs, changed),
  };
}

function countRows(file: ByteFile): number {
  let count = 0;
  for (const _ of rowsOf(file)) count++;
  return count;
}

interface RowPair {
  readonly row: string;
  readonly a: Place;
  readonly b: Place;
}

type Place = Omit<IndexedRow, 'key' | 'hash'>;

interface Found extends Pick<RowComparison, 'added' | 'removed' | 'moved'> {
  /** How many rows are in both and differ. */
  readonly changed: number;
  /** The first of them, to be looked into. */
  readonly pairs: readonly RowPair[];
}

function byKey(a: readonly IndexedRow[], b: readonly IndexedRow[], fields: readonly string[]): Found {
  const [inA, inB] = [mapOf(a), mapOf(b)];
  const name = ({key, line}: IndexedRow) => (fields.length === 0 ? `row ${line}` : keyText(key, fields));
  const common = a.filter(({key}) => inB.has(key));
  const pairs = common.flatMap((row) => {
    const other = inB.get(row.key);
    return other === undefined || other.hash === row.hash ? [] : [{row: name(row), a: row, b: other}];
  });
  return {
    removed: namesOf(a.filter(({key}) => !inB.has(key)).map(name)),
    added: namesOf(b.filter(({key}) => !inA.has(key)).map(name)),
    moved: firstMoved(
      common,
      b.filter(({key}) => inA.has(key)),
      name,
    ),
    changed: pairs.length,
    pairs: pairs.slice(0, MOST_LOOKED_INTO),
  };
}

function firstMoved(a: readonly IndexedRow[], b: readonly IndexedRow[], name: (row: IndexedRow) => string) {
  const row = a.find(({key}, index) => key !== b[index]?.key);
  if (row === undefined) return undefined;
  return {row: name(row), from: row.line, to: b.find(({key}) => key === row.key)?.line ?? row.line};
}

/** The same rows, each as often as in the other. */
function isReordering(a: readonly IndexedRow[], b: readonly IndexedRow[]): boolean {
  const sorted = (rows: readonly IndexedRow[]) => rows.map(({hash}) => hash).sort();
  const others = sorted(b);
  return a.length === b.length && sorted(a).every((hash, index) => hash === others[index]);
}

function byNumber(a: ByteFile, b: ByteFile, skip: number): Found {
  const others = rowsOf(b);
  const pairs: RowPair[] = [];
  let [shared, changed, extra] = [0, 0, 0];
  for (const row of rowsOf(a)) {
    const other = others.next();
    if (other.done === true) extra--;
    else shared++;
    if (other.done === true || row.number <= skip || row.bytes.equals(other.value.bytes)) continue;
    changed++;
    if (pairs.length < MOST_LOOKED_INTO)
      pairs.push({row: `row ${row.number}`, a: placeOf(row), b: placeOf(other.value)});
  }
  for (const _ of others) extra++;
  const [removed, added] = [numbered(shared, -extra), numbered(shared, extra)];
  return {removed, added, moved: undefined, changed, pairs};
}

/** `count` rows that come after the first `shared`; none when it is negative. */
function numbered(shared: number, count: number): RowNames {
  const named = Math.max(0, Math.min(count, MOST_NAMED));
  return {count: Math.max(0, count), names: Array.from({length: named}, (_, i) => `row ${shared + i + 1}`)};
}

function placeOf({number, offset, bytes}: {number: number; offset: number; bytes: Buffer}): Place {
  return {line: number, offset, length: bytes.length};
}

function changedRows(a: ByteFile, b: ByteFile, pairs: readonly RowPair[], count: number) {
  const fields = new Map<string, number>();
  const rows: RowDifference[] = [];
  for (const pair of pairs) {
    const differences = differencesIn(a, b, pair);
    for (const field of new Set(differences.map(({path}) => path.replace(/\[\d+\].*/, '[]'))))
      fields.set(field, (fields.get(field) ?? 0) + 1);
    if (rows.length < MOST_NAMED) rows.push({row: pair.row, lines: [pair.a.line, pair.b.line], differences});
  }
  const counted = [...fields].sort(([, x], [, y]) => y - x).slice(0, MOST_FIELDS);
  return {changed: {count, rows}, lookedInto: pairs.length, fields: Object.fromEntries(counted)};
}

/** None: the same row, spelt differently. */
function differencesIn(a: ByteFile, b: ByteFile, pair: RowPair): readonly FieldDifference[] {
  const {differences} = jsonDifferences(readRow(a, pair.a), readRow(b, pair.b));
  if (differences.length > 0) return differences;
  const [before, after] = [longNumbers(textAt(a, pair.a)), longNumbers(textAt(b, pair.b))];
  return before === after ? [] : [{path: '(numbers that a double can’t hold)', before, after}];
}

function textAt(file: ByteFile, {offset, length}: Place): string {
  return Buffer.from(file.read(offset, length)).toString('utf8');
}

function namesOf(names: readonly string[]): RowNames {
  return {count: names.length, names: names.slice(0, MOST_NAMED)};
}

function mapOf(rows: readonly IndexedRow[]): ReadonlyMap<string, IndexedRow> {
  return new Map(rows.map((row) => [row.key, row]));
}
