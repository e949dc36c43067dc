import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import {parseHeader, parseStep} from './parse-line.ts';

export type TraceLine =
  | {readonly is: 'header'; readonly header: TraceHeader}
  | {readonly is: 'step'; readonly step: TraceStep};

/**
 * Which lines a trace has: `whole`, from step 1 on, or `parts`, those of the steps that were done again. Lines of parts
 * name lines before them that are elsewhere, so only their form and their own chain can be checked.
 */
export type TraceExtent = 'whole' | 'parts';

/**
 * Follows the lines of a trace from its header on: each must be in the one form, and of a whole trace hang on the one
 * before it. All that reads a trace here goes through it, `open-trace.ts` with a file to come back to and
 * `trace-reader.ts` with bytes that pass by. The SDK of the stages has a reader of its own in Python: a training that
 * resumes must check what it goes on from, where there is no runner, and what it writes is held by this one.
 */
export class Chain {
  readonly #extent: TraceExtent;
  #header: TraceHeader | undefined;
  #before = {chain: '', step: 0};

  constructor(extent: TraceExtent = 'whole') {
    this.#extent = extent;
  }

  get header(): TraceHeader | undefined {
    return this.#header;
  }

  next(bytes: Uint8Array): Result<TraceLine, string> {
    if (this.#header === undefined) return this.#first(bytes);
    const parsed = parseStep(bytes, this.#header);
    if (!parsed.ok) return parsed;
    if (this.#extent === 'parts') return ok({is: 'step', step: parsed.value});
    const {step, previous, chain} = parsed.value;
    if (previous !== this.#before.chain) return err('its `previous` is not the chain of the line before');
    const expected = this.#before.step + 1;
    if (step !== expected) return err(`it is step ${step} where ${expected} is expected`);
    this.#before = {chain, step};
    return ok({is: 'step', step: parsed.value});
  }

  #first(bytes: Uint8Array): Result<TraceLine, string> {
    const header = parseHeader(bytes);
    if (!header.ok) return header;
    this.#header = header.value;
    this.#before = {chain: header.value.chain, step: 0};
    return ok({is: 'header', header: header.value});
  }
}
