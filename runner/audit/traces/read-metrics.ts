import {err, ok, type Result} from '../../../schemas/result.ts';
import {isRecord} from '../../../schemas/strict-shape.ts';
import {LineSplitter} from '../../compare/text/line-splitter.ts';
import {Column} from './column.ts';

/** metrics.jsonl of a training: one row for each step, in order. */
export interface ReadMetrics {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

const LONGEST_ROW = 2 ** 20;

/** JSON has no words for these; metrics write them as text (stages/README.md). */
const NOT_FINITE: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Reads some metrics out of rows that come in pieces. The first thing wrong ends it. */
export class MetricsReader {
  readonly #lines = new LineSplitter(LONGEST_ROW);
  readonly #columns: ReadonlyMap<string, Column>;
  #rows = 0;
  #fault: string | undefined;

  constructor(names: Iterable<string>) {
    this.#columns = new Map([...names].map((name) => [name, new Column()]));
  }

  push(piece: Uint8Array): void {
    if (this.#fault !== undefined) return;
    for (const line of this.#lines.push(piece)) {
      this.#rows++;
      this.#fault = this.#read(line);
      if (this.#fault !== undefined) return;
    }
  }

  end(): Result<ReadMetrics, string> {
    if (this.#fault !== undefined) return err(`row ${this.#rows} of its metrics ${this.#fault}`);
    if (this.#lines.rest !== 'nothing') return err(`row ${this.#rows + 1} of its metrics has no end`);
    return ok({rows: this.#rows, columns: this.#columns});
  }

  #read(line: Buffer): string | undefined {
    const row = parse(line);
    if (!isRecord(row)) return 'is not a JSON object';
    if (row.step !== this.#rows) return `is not that of step ${this.#rows}`;
    for (const [name, column] of this.#columns) {
      if (!Object.hasOwn(row, name)) continue;
      const value = typeof row[name] === 'number' ? row[name] : NOT_FINITE.get(row[name]);
      if (value === undefined) return `has no number as ${name}`;
      column.set(this.#rows, value);
    }
    return undefined;
  }
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(line));
  } catch {
    return undefined;
  }
}
