import type {Bisection} from '../../../schemas/bisection.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {receiptOfStage} from '../../../schemas/run-record.ts';
import {compareDone, conclude} from '../../bisect/compare-steps.ts';
import {partingOfRuns} from '../../bisect/find-parting.ts';
import type {StepDone} from '../../bisect/replay-step.ts';
import type {RecordedOptions} from '../../opening/recorded/bring-recorded.ts';
import {openRecordedRun, type RecordedRun} from '../../opening/recorded/recorded-run.ts';
import {reading} from '../../opening/recorded/recorded-session.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {bisectText} from '../../report/bisect-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import {againstHere} from './bisect-here.ts';
import {stageOf, stepAgain} from './step-again.ts';

export interface BisectOptions extends RecordedOptions {
  /** Its name, its digest or its address; the newest by default. */
  readonly run: string | undefined;
  /** Another run; otherwise what this machine makes of the first. */
  readonly against: string | undefined;
  readonly stage: string | undefined;
}

/** `repro bisect`: the first stage, step, part and tensor at which two executions part, and what is to blame. */
export async function bisect(options: BisectOptions, world: World): Promise<ExitCode> {
  const first = await openRecordedRun(options.run, options, world);
  if (!first.ok) return refuse(first.error.diagnostics, world, options.json);
  await using a = first.value;
  const unknown = unknownStage(a, options.stage);
  if (unknown !== undefined) return refuse([unknown], world, options.json);
  if (options.against === undefined) {
    const found = await againstHere(a, options.stage);
    return tell(found, [a.label, 'the same, as this machine executes it'], options, world);
  }
  const second = await openRecordedRun(options.against, options, world);
  if (!second.ok) return refuse(second.error.diagnostics, world, options.json);
  await using b = second.value;
  return tell(await between(a, b, options), [a.label, b.label], options, world);
}

/** Two recorded runs. Each is done again by its own code. */
async function between(
  a: RecordedRun,
  b: RecordedRun,
  {against, stage}: BisectOptions,
): Promise<Result<Bisection, Diagnostic>> {
  // A store of somebody's publication has all that is here, too.
  const shelf = isProjectAddress(against ?? '') ? b : a;
  const parting = await reading(shelf, (reader) => partingOfRuns(a.record, b.record, stage, reader));
  if (parting.found === 'nothing') return ok(parting);
  const done: StepDone[] = [];
  for (const [name, run] of [['a', a] as const, ['b', b] as const]) {
    const again = await stepAgain(run, {name, recorded: receiptOfStage(run.record, parting.stage)}, parting);
    if (!again.ok) return again;
    if (again.value !== undefined) done.push(again.value);
  }
  return ok(conclude(parting, await reading(shelf, (reader) => compareDone(done, parting, reader))));
}

function unknownStage(run: RecordedRun, wanted: string | undefined): Diagnostic | undefined {
  if (wanted === undefined || stageOf(run, wanted) !== undefined) return undefined;
  const names = run.plan.stages.map(({name}) => name).join(', ');
  const message = `the run has no stage "${wanted}"; its stages are ${names}`;
  return problem('unknown-stage', message);
}

function tell(
  found: Result<Bisection, Diagnostic>,
  labels: readonly [string, string],
  {json}: BisectOptions,
  world: World,
): ExitCode {
  if (!found.ok) return refuse([found.error], world, json);
  const [a, b] = labels;
  const style = chooseStyle(world.variables, world.out.isTerminal);
  world.out.write(
    json
      ? `${JSON.stringify({bisect: 1, a, b, ...found.value}, null, 2)}\n`
      : bisectText(found.value, labels, style),
  );
  if (found.value.found === 'divergence') return ExitCode.differentBits;
  return found.value.unchecked.length > 0 ? ExitCode.incomplete : ExitCode.ok;
}
