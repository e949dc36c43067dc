import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import type {PlannedStage} from '../../schemas/plan.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';
import {ByteFile} from '../compare/byte-file.ts';
import {openTrace} from '../compare/trace/open-trace.ts';
import {countParam, traceExcuse} from '../compare/trace/trace-terms.ts';

/**
 * What is wrong with the trace that a finished stage wrote, or with there being none. A publication with such a trace
 * would be refused: whoever runs the stage is told, while its author is at hand.
 */
export async function traceFault(
  scratch: string,
  {trace: contract}: PlannedStage,
  {params}: KeyDocument,
): Promise<string | undefined> {
  const path = join(scratch, 'trace.jsonl');
  const stat = lstatSync(path, {throwIfNoEntry: false});
  if (stat === undefined)
    return contract === undefined || traceExcuse(contract, params) !== undefined
      ? undefined
      : 'it is not there, and its kind writes one';
  // What is no file is refused where it is taken, like any output.
  if (!stat.isFile()) return undefined;
  using file = new ByteFile(path);
  const trace = await openTrace(file);
  if (!trace.ok) return `line ${trace.error.line}: ${trace.error.why}`;
  if (contract?.steps === undefined) return undefined;
  const steps = countParam(params, contract.steps);
  return steps === trace.value.steps
    ? undefined
    : `it has ${trace.value.steps} steps, and the params say ${contract.steps}: ${steps ?? 'no count'}`;
}
