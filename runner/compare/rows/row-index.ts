import {createHash} from 'node:crypto';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {type Line, linesOf} from '../text/lines.ts';
import {type DataRow, KEYS, rowKeyOf} from './row-key.ts';

export type {DataRow} from './row-key.ts';

const LONGEST_ROW = 16 * 2 ** 20;
/** Beyond the rows that both files begin with. With an index of both, a comparison takes some 300 MB. */
export const MOST_INDEXED = 200_000;

/** Where a row is and what its bytes are; never the row itself. */
export interface IndexedRow {
  readonly key: string;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
}

export function rowsOf(file: ByteFile): Generator<Line, void> {
  return linesOf(file, LONGEST_ROW);
}

/** How many rows two files have in common at their start. */
export function commonRows(a: ByteFile, b: ByteFile): number {
  const others = rowsOf(b);
  let count = 0;
  for (const row of rowsOf(a)) {
    const other = others.next();
    if (other.done === true || !row.bytes.equals(other.value.bytes)) break;
    count++;
  }
  return count;
}

/** The best key that names every row of both after the first `skip`; empty when there is none. */
export function chooseKey(files: readonly ByteFile[], skip: number): readonly string[] {
  return KEYS.find((fields) => files.every((file) => names(file, skip, fields))) ?? [];
}

/** One key at a time: most fail within a few rows, and only one set of keys is ever held. */
function names(file: ByteFile, skip: number, fields: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const {number, bytes} of rowsOf(file)) {
    if (number <= skip) continue;
    const key = rowKeyOf(parseRow(bytes, number), fields);
    if (key === undefined || seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** Without a key, a row's key is its hash: rows are then only there or not there. */
export function indexRows(file: ByteFile, skip: number, fields: readonly string[]): readonly IndexedRow[] {
  const rows: IndexedRow[] = [];
  for (const {number, offset, bytes} of rowsOf(file)) {
    if (number <= skip) continue;
    const hash = createHash('sha256').update(bytes).digest('base64').slice(0, 22);
    const key = fields.length === 0 ? hash : (rowKeyOf(parseRow(bytes, number), fields) ?? hash);
    rows.push({key, line: number, offset, length: bytes.length, hash});
  }
  return rows;
}

export function readRow(file: ByteFile, {offset, length, line}: Omit<IndexedRow, 'key' | 'hash'>): DataRow {
  return parseRow(Buffer.from(file.read(offset, length)), line);
}

export function parseRow(bytes: Buffer, number: number): DataRow {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DataRow;
  } catch {
    // Said below.
  }
  throw new NotReadableSo(`line ${number} is not a JSON object`);
}
