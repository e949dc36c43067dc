import {traceOf} from '../../../schemas/receipt.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import type {Rig} from '../../testing/rig.ts';

/** Which line of two traces is the first to differ, line by line from the start: what a search must find. */
export function firstOtherLine(rig: Rig, a: string, b: string): number {
  const [before, after] = [linesOf(rig, a), linesOf(rig, b)];
  return before.findIndex((line, index) => line !== after[index]);
}

function linesOf(rig: Rig, run: string): readonly string[] {
  const {stages} = JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord;
  const [stage] = stages;
  const trace = stage !== undefined && 'receipt' in stage ? traceOf(stage.receipt) : null;
  if (trace === null) throw new Error(`${run} has no trace`);
  return rig.object(trace).split('\n');
}
