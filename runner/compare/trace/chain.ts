import {err, ok, type Result} from '../../../schemas/result.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import {parseHeader, parseStep} from './parse-line.ts';

export type TraceLine =
  | {readonly is: 'header'; readonly header: TraceHeader}
  | {readonly is: 'step'; readonly step: TraceStep};

/** Follows the lines of a trace from its header on: each must be in the one form, and hang on the one before it. */
export class Chain {
  #header: TraceHeader | undefined;
  #before = {chain: '', step: 0};

  get header(): TraceHeader | undefined {
    return this.#header;
  }

  /** How many steps have been seen. */
  get steps(): number {
    return this.#before.step;
  }

  next(bytes: Uint8Array): Result<TraceLine, string> {
    if (this.#header === undefined) return this.#first(bytes);
    const parsed = parseStep(bytes, this.#header);
    if (!parsed.ok) return parsed;
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
