import type {Bisection} from '../../../schemas/bisection.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {compareDone, conclude} from '../../bisect/compare-steps.ts';
import {partingOfRuns} from '../../bisect/find-parting.ts';
import type {StepDone} from '../../bisect/replay-step.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import {
  type OpenSide,
  openSide,
  reading,
  receiptIn,
  stageOf,
  stepAgain,
} from '../../opening/recorded/recorded-run.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {bisectText} from '../../report/bisect-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import {againstHere} from './bisect-here.ts';

export interface BisectOptions extends RunCommandOptions {
  /** Its name, its digest or its address; the newest by default. */
  readonly run: string | undefined;
  /** Another run; otherwise what this machine makes of the first. */
  readonly against: string | undefined;
  readonly stage: string | undefined;
}

/** `repro bisect`: the first stage, step, part and tensor at which two executions part, and what is to blame. */
export async function bisect(options: BisectOptions, world: World): Promise<ExitCode> {
  const a = await openSide(options.run, options, world);
  if (!a.ok) return refuse(a.error, world, options.json);
  try {
    const unknown = unknownStage(a.value, options.stage);
    if (unknown !== undefined) return refuse([unknown], world, options.json);
    if (options.against === undefined) {
      const found = await againstHere(a.value, options.stage, options, world);
      return tell(found, [a.value.label, 'the same, as this machine executes it'], options, world);
    }
    const b = await openSide(options.against, options, world);
    if (!b.ok) return refuse(b.error, world, options.json);
    try {
      const found = await between(a.value, b.value, options, world);
      return tell(found, [a.value.label, b.value.label], options, world);
    } finally {
      await b.value.source.store.close();
    }
  } finally {
    await a.value.source.store.close();
  }
}

/** Two recorded runs. Each is done again by its own code. */
async function between(
  a: OpenSide,
  b: OpenSide,
  options: BisectOptions,
  world: World,
): Promise<Result<Bisection, Diagnostic>> {
  // A store of somebody's publication has all that is here, too.
  const shelf = isProjectAddress(options.against ?? '') ? b : a;
  const parting = await reading(shelf, world, (reader) =>
    partingOfRuns(a.source.record, b.source.record, options.stage, reader),
  );
  if (parting.found === 'nothing') return ok(parting);
  const done: StepDone[] = [];
  for (const [name, side] of [['a', a] as const, ['b', b] as const]) {
    const again = await stepAgain(side, name, receiptIn(side, parting.stage), parting, options, world);
    if (!again.ok) return again;
    if (again.value !== undefined) done.push(again.value);
  }
  return ok(conclude(parting, await reading(shelf, world, (reader) => compareDone(done, parting, reader))));
}

function unknownStage(side: OpenSide, wanted: string | undefined): Diagnostic | undefined {
  if (wanted === undefined || stageOf(side, wanted) !== undefined) return undefined;
  const names = side.opened.plan.stages.map(({name}) => name).join(', ');
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
