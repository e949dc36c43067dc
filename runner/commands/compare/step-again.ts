import {join} from 'node:path';
import type {SideAgain} from '../../../schemas/bisection.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {receiptOfStage} from '../../../schemas/run-record.ts';
import type {Parting} from '../../bisect/find-parting.ts';
import {replayStep, type StepDone} from '../../bisect/replay-step.ts';
import type {RecordedRun} from '../../opening/recorded/recorded-run.ts';
import {inSession} from '../../opening/recorded/recorded-session.ts';
import {line} from '../../report/lines.ts';

export function stageOf({plan}: RecordedRun, name: string): PlannedStage | undefined {
  return plan.stages.find((stage) => stage.name === name);
}

/** One of the two that part: what it goes by, and what it recorded for the stage in which they do. */
interface Side {
  readonly name: SideAgain['side'];
  readonly recorded: Receipt | undefined;
}

/** The step where they part, as this side did it; undefined where there is no such step. */
export async function stepAgain(
  run: RecordedRun,
  {name, recorded}: Side,
  {stage: stageName, trace}: Parting,
): Promise<Result<StepDone | undefined, Diagnostic>> {
  const stage = stageOf(run, stageName);
  if (trace?.kind !== 'step' || stage === undefined || recorded === undefined) return ok(undefined);
  const {step} = trace;
  const {world, options} = run;
  if (!options.json) world.err.write(line(`${stageName}: doing its steps to ${step} again (${name})`));
  const listener = join(world.installation, 'runner', 'bisect', 'listener.py');
  const receiptOf = (wanted: string) => given(wanted, receiptOfStage(run.record, wanted));
  return inSession(run, ({context}) =>
    replayStep({side: name, stage, recorded, receiptOf, step, listener}, context),
  );
}

function given(name: string, receipt: Receipt | undefined): Receipt {
  if (receipt !== undefined) return receipt;
  throw new Error(`${name} has no recorded result, which another stage needs`);
}
