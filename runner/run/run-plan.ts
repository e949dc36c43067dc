import type {StageName} from '../../schemas/names.ts';
import type {Plan, PlannedStage} from '../../schemas/plan.ts';
import {unreachable} from '../../schemas/result.ts';
import {Admission} from './admission.ts';
import {emitFailure} from './execute-stage.ts';
import type {RunContext} from './run-context.ts';
import type {RunOptions} from './run-options.ts';
import {dependantsOf, schedule} from './schedule.ts';
import {type RunState, settleStage} from './settle-stage.ts';
import type {StageOutcome} from './stage-outcome.ts';

export interface RunResult {
  readonly outcomes: ReadonlyMap<StageName, StageOutcome>;
  /** Whether a stage gave other bits than its receipt from the same hardware class says. */
  readonly nondeterministic: boolean;
}

/** Runs a plan: each stage as soon as all it depends on is there and the machine has room. */
export async function runPlan(plan: Plan, options: RunOptions, context: RunContext): Promise<RunResult> {
  const state: RunState = {
    options,
    context,
    outcomes: new Map(),
    admission: new Admission(context.limits),
    preparation: new Admission({...UNLIMITED, jobs: context.limits.jobs + 2}),
    dependants: dependantsOf(plan.stages),
    failed: new Set(),
    findings: [],
  };
  // Some more than may run are looked at together, so that cached stages don't queue behind running ones.
  await schedule(plan.stages, context.limits.jobs + 8, async (stage) => {
    const outcome = await settleStage(stage, state);
    state.outcomes.set(stage.name, outcome);
    report(stage, outcome, context);
  });
  return {outcomes: state.outcomes, nondeterministic: state.findings.length > 0};
}

const UNLIMITED = {cpus: Infinity, memory: Infinity, gpus: undefined};

function report(stage: PlannedStage, outcome: StageOutcome, context: RunContext): void {
  switch (outcome.state) {
    case 'cached':
    case 'executed': {
      const {key, outputs, values, execution} = outcome.receipt;
      context.emit({
        event: 'stage-finished',
        stage: stage.name,
        state: outcome.state,
        key,
        outputs,
        values,
        seconds: execution.seconds,
      });
      return;
    }
    case 'failed':
      emitFailure(stage, outcome.failure, false, context, outcome.kept);
      return;
    case 'skipped':
      context.emit({event: 'stage-skipped', stage: stage.name, reason: outcome.reason});
      return;
    default:
      unreachable(outcome);
  }
}
