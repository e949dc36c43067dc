import type {Json} from '../../../schemas/canonical-json.ts';
import type {MetricDifference} from '../../../schemas/run-comparison.ts';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {jsonDifferences} from '../rows/compare-json.ts';
import {type DataRow, parseRow, rowsOf} from '../rows/row-index.ts';

/** The first row of `metrics.jsonl` that differs; undefined when all are equal. */
export function compareMetrics(a: ByteFile, b: ByteFile): MetricDifference | undefined {
  const others = rowsOf(b);
  let number = 0;
  for (const row of rowsOf(a)) {
    number = row.number;
    const other = others.next();
    if (other.done === true) return differenceOf(rowFrom(row.bytes, number), undefined);
    if (!row.bytes.equals(other.value.bytes))
      return differenceOf(rowFrom(row.bytes, number), rowFrom(other.value.bytes, number));
  }
  const more = others.next();
  return more.done === true ? undefined : differenceOf(undefined, rowFrom(more.value.bytes, number + 1));
}

function differenceOf(before: DataRow | undefined, after: DataRow | undefined): MetricDifference {
  const step = (before ?? after)?.step;
  const {differences} = jsonDifferences(before as Json | undefined, after as Json | undefined);
  return {step: typeof step === 'number' ? step : undefined, metrics: differences};
}

function rowFrom(bytes: Buffer, number: number): DataRow {
  try {
    return parseRow(bytes, number);
  } catch (error) {
    if (error instanceof NotReadableSo) return {line: number};
    throw error;
  }
}
