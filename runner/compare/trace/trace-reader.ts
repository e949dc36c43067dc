import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import {LineSplitter} from '../text/line-splitter.ts';
import {Chain, type TraceExtent} from './chain.ts';
import {LONGEST_LINE, MOST_STEPS, NO_HEADER, type TraceFault} from './open-trace.ts';

/** A trace each line of which was verified. */
export interface VerifiedTrace {
  readonly header: TraceHeader;
  readonly steps: number;
}

/** Verifies a trace whose bytes come in pieces, in constant memory; each step is told as it comes, and not kept. */
export class TraceReader {
  readonly #lines = new LineSplitter(LONGEST_LINE);
  readonly #chain: Chain;
  readonly #onStep: (step: TraceStep) => void;
  #fault: TraceFault | undefined;
  #count = 0;

  constructor(onStep: (step: TraceStep) => void, extent: TraceExtent = 'whole') {
    this.#onStep = onStep;
    this.#chain = new Chain(extent);
  }

  /** Once its line was read; also of a trace that is refused further on. */
  get header(): TraceHeader | undefined {
    return this.#chain.header;
  }

  push(piece: Uint8Array): undefined {
    if (this.#fault !== undefined) return;
    for (const bytes of this.#lines.push(piece)) {
      this.#count++;
      const line = this.#chain.next(bytes);
      if (!line.ok) return this.#refuse(line.error);
      if (line.value.is === 'step') this.#onStep(line.value.step);
      if (this.#count - 1 > MOST_STEPS) return this.#refuse(`more than ${MOST_STEPS} steps`);
    }
  }

  end(): Result<VerifiedTrace, TraceFault> {
    if (this.#fault !== undefined) return err(this.#fault);
    const line = this.#count + 1;
    const {rest} = this.#lines;
    if (rest === 'too long') return err({line, why: `longer than ${LONGEST_LINE} bytes`});
    if (rest === 'no end') return err({line, why: 'torn: it has no end'});
    const {header} = this;
    return header === undefined ? err({line: 1, why: NO_HEADER}) : ok({header, steps: this.#count - 1});
  }

  #refuse(why: string): undefined {
    this.#fault = {line: this.#count, why};
  }
}

/** Reads all of a trace that comes in pieces, such as from a store. */
export async function readTrace(pieces: AsyncIterable<Uint8Array>, reader: TraceReader) {
  for await (const piece of pieces) reader.push(piece);
  return reader.end();
}
