import {ok, type Result} from '../../../schemas/result.ts';
import type {TraceStep} from '../../../schemas/trace.ts';
import type {TraceFault} from '../../compare/trace/open-trace.ts';
import {TraceReader, type VerifiedTrace} from '../../compare/trace/trace-reader.ts';
import {Column} from './column.ts';

/** What of a trace something else is held against. */
export interface ReadTrace extends VerifiedTrace {
  readonly last: TraceStep | undefined;
  /** Of the steps that were asked for. */
  readonly at: ReadonlyMap<number, TraceStep>;
  readonly scalars: ReadonlyMap<string, Column>;
}

export interface WantedOfTrace {
  readonly steps: ReadonlySet<number>;
  readonly scalars: ReadonlySet<string>;
}

/** Verifies a trace that comes in pieces, and keeps what is wanted of it. */
export class KeepingReader {
  readonly #reader = new TraceReader((step) => this.#keep(step));
  readonly #wanted: WantedOfTrace;
  readonly #at = new Map<number, TraceStep>();
  readonly #scalars: ReadonlyMap<string, Column>;
  #last: TraceStep | undefined;

  constructor(wanted: WantedOfTrace) {
    this.#wanted = wanted;
    this.#scalars = new Map([...wanted.scalars].map((name) => [name, new Column()]));
  }

  push(piece: Uint8Array): void {
    this.#reader.push(piece);
  }

  end(): Result<ReadTrace, TraceFault> {
    const whole = this.#reader.end();
    if (!whole.ok) return whole;
    return ok({...whole.value, last: this.#last, at: this.#at, scalars: this.#scalars});
  }

  #keep(line: TraceStep): void {
    this.#last = line;
    if (this.#wanted.steps.has(line.step)) this.#at.set(line.step, line);
    for (const [name, column] of this.#scalars) {
      const bits = line.scalars[name];
      if (bits !== undefined) column.set(line.step, Buffer.from(bits, 'hex').readDoubleBE());
    }
  }
}
