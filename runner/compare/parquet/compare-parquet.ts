import type {FieldDifference, ParquetComparison} from '../../../schemas/comparison.ts';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {jsonDifferences} from '../rows/compare-json.ts';
import {type ColumnChunk, type ParquetFooter, readFooter} from './read-footer.ts';

/**
 * Footers, and each column chunk's stored bytes: enough to say which column in which row group, and whether only the
 * writer or its metadata differ. Rows are not compared: that takes five decompressors and six encodings.
 */
export function compareParquet(a: ByteFile, b: ByteFile): ParquetComparison {
  const [before, after] = [readFooter(a), readFooter(b)];
  return {
    kind: 'parquet',
    rows: [before.rows, after.rows],
    footer: footerDifferences(before, after),
    columns: isAlike(before, after) ? differingColumns([a, before], [b, after]) : undefined,
  };
}

function footerDifferences(before: ParquetFooter, after: ParquetFooter): readonly FieldDifference[] {
  const plain = ({rows, createdBy, schema, metadata, rowGroups}: ParquetFooter) => ({
    created_by: createdBy,
    metadata: Object.fromEntries(metadata),
    row_groups: rowGroups.length,
    rows,
    schema,
    codec: Object.fromEntries((rowGroups[0] ?? []).map(({name, codec}) => [name, codec])),
  });
  return jsonDifferences(plain(before), plain(after)).differences;
}

/** The same columns, cut into as many row groups: then chunks can be set side by side. */
function isAlike(before: ParquetFooter, after: ParquetFooter): boolean {
  const shape = ({rowGroups}: ParquetFooter) =>
    JSON.stringify(rowGroups.map((group) => group.map(({name}) => name)));
  return shape(before) === shape(after);
}

type Opened = readonly [ByteFile, ParquetFooter];

function differingColumns([a, before]: Opened, [b, after]: Opened) {
  const first = new Map<string, number>();
  for (const [rowGroup, columns] of before.rowGroups.entries()) {
    for (const [index, chunk] of columns.entries()) {
      const other = after.rowGroups[rowGroup]?.[index];
      if (first.has(chunk.name) || (other !== undefined && isEqual(a, chunk, b, other))) continue;
      first.set(chunk.name, rowGroup);
    }
  }
  return [...first].map(([name, rowGroup]) => ({name, rowGroup}));
}

const CHUNK = 2 ** 20;

function isEqual(a: ByteFile, x: ColumnChunk, b: ByteFile, y: ColumnChunk): boolean {
  if (!isWithin(a, x) || !isWithin(b, y))
    throw new NotReadableSo('parquet with a column outside of the file');
  if (x.length !== y.length) return false;
  for (let at = 0; at < x.length; at += CHUNK) {
    const length = Math.min(CHUNK, x.length - at);
    if (Buffer.compare(a.read(x.offset + at, length), b.read(y.offset + at, length)) !== 0) return false;
  }
  return true;
}

function isWithin(file: ByteFile, {offset, length}: ColumnChunk): boolean {
  return offset >= 0 && length >= 0 && offset + length <= file.size;
}
