import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import {LineSplitter} from '../text/line-splitter.ts';
import {Chain} from './chain.ts';
import {LONGEST_LINE, MOST_STEPS, type TraceFault} from './open-trace.ts';

/** A trace that was verified from its first line to its last. */
export interface WholeTrace {
  readonly header: TraceHeader;
  readonly steps: number;
}

/** Verifies a trace whose bytes come in pieces, in constant memory; each step is told as it comes, and not kept. */
export class TraceReader {
  readonly #lines = new LineSplitter(LONGEST_LINE);
  readonly #chain = new Chain();
  readonly #onStep: (step: TraceStep) => void;
  #fault: TraceFault | undefined;
  #count = 0;

  constructor(onStep: (step: TraceStep) => void) {
    this.#onStep = onStep;
  }

  push(piece: Uint8Array): undefined {
    if (this.#fault !== undefined) return;
    for (const bytes of this.#lines.push(piece)) {
      this.#count++;
      const line = this.#chain.next(bytes);
      if (!line.ok) return this.#refuse(line.error);
      if (line.value.is === 'step') this.#onStep(line.value.step);
      if (this.#chain.steps > MOST_STEPS) return this.#refuse(`more than ${MOST_STEPS} steps`);
    }
  }

  end(): Result<WholeTrace, TraceFault> {
    if (this.#fault !== undefined) return err(this.#fault);
    const line = this.#count + 1;
    const {rest} = this.#lines;
    if (rest === 'too long') return err({line, why: `longer than ${LONGEST_LINE} bytes`});
    if (rest === 'no end') return err({line, why: 'torn: it has no end'});
    const {header, steps} = this.#chain;
    return header === undefined ? err({line: 1, why: 'there is no header'}) : ok({header, steps});
  }

  #refuse(why: string): undefined {
    this.#fault = {line: this.#count, why};
  }
}
