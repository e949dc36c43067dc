import {join} from 'node:path';
import type {Bisection} from '../../../schemas/bisection.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {Receipt, Receipt3} from '../../../schemas/receipt.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {receiptsIn} from '../../../schemas/run-record.ts';
import type {StageVerdict} from '../../../schemas/verdict.ts';
import {compareDone, conclude} from '../../bisect/compare-steps.ts';
import {type Parting, partingOfStage} from '../../bisect/find-parting.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import {
  inSession,
  type OpenSide,
  reading,
  receiptIn,
  stageOf,
  stepAgain,
} from '../../opening/recorded/recorded-run.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import type {World} from '../../opening/world/world.ts';
import {readReports} from '../../replay/read-reports.ts';
import {replayStages} from '../../replay/replay-stages.ts';
import {line} from '../../report/lines.ts';
import {verdictLine, verdictWords} from '../../report/replay-text.ts';
import {plainStyle} from '../../report/style.ts';

/**
 * A recorded run against this machine: by the newest replay that still has what it found, else by executing it now.
 * The step where they part is then done again; where that gives a third result, nothing was wrong with the record.
 */
export async function againstHere(
  side: OpenSide,
  wanted: string | undefined,
  options: RunCommandOptions,
  world: World,
): Promise<Result<Bisection, Diagnostic>> {
  const known = await knownReplay(side, wanted, world);
  const replayed = known === undefined ? await replayNow(side, wanted, options, world) : ok(known);
  if (!replayed.ok) return replayed;
  const verdicts = replayed.value;
  const different = verdicts.find(({verdict}) => verdict === 'different');
  const found = different === undefined ? undefined : foundHere(side, different);
  const recorded = different === undefined ? undefined : receiptIn(side, different.stage);
  if (different === undefined || found === undefined || recorded === undefined)
    return ok(nothingIn(verdicts, wanted));
  const parting = await reading(side, world, (folder) =>
    partingOfStage(different.stage, [recorded, found], folder),
  );
  if (parting === undefined) return ok(nothingIn(verdicts, wanted));
  return lookCloser(side, found, {...parting, ...otherStages(verdicts, different)}, options, world);
}

/** The first time says whether this machine gives the same bits twice; if it does not, another one shows which. */
async function lookCloser(
  side: OpenSide,
  found: Receipt,
  parting: Parting,
  options: RunCommandOptions,
  world: World,
): Promise<Result<Bisection, Diagnostic>> {
  const first = await stepAgain(side, 'b', found, parting, options, world);
  if (!first.ok) return first;
  if (first.value === undefined) return ok(conclude(parting, undefined));
  const done = [first.value];
  if (first.value.again.how === 'other') {
    const second = await stepAgain(side, 'again', found, parting, options, world);
    if (!second.ok) return second;
    if (second.value !== undefined) done.push(second.value);
  }
  return ok(conclude(parting, await reading(side, world, (folder) => compareDone(done, parting, folder))));
}

async function replayNow(
  side: OpenSide,
  wanted: string | undefined,
  options: RunCommandOptions,
  world: World,
): Promise<Result<readonly StageVerdict[], Diagnostic>> {
  const {plan} = side.opened;
  const names = plan.stages.map(({name}) => name);
  const say = (verdict: StageVerdict) => {
    if (!options.json && verdict.verdict !== 'unchecked')
      world.err.write(line(verdictLine(verdict, 0, plainStyle)));
  };
  return inSession(side, options, world, (context) =>
    replayStages(
      {plan, receipts: receiptsIn(side.source.record)},
      // Why another machine gives other bits is what is asked.
      {
        chained: false,
        selected: new Set(names.filter((name) => wanted === undefined || name === wanted)),
        anyClass: true,
        onVerdict: say,
      },
      context,
    ),
  );
}

/** What the newest replay of this run found, where the store still has the results that differ. */
async function knownReplay(
  side: OpenSide,
  wanted: string | undefined,
  world: World,
): Promise<readonly StageVerdict[] | undefined> {
  for (const {report} of readReports(join(projectRoot(world.directory), '.repro'))) {
    // What can't be read is no loss: the run is done again then.
    if (!report.ok || report.value.run !== side.source.run || report.value.chained) continue;
    const stages = report.value.stages.filter(({stage}) => wanted === undefined || stage === wanted);
    const different = stages.find(({verdict}) => verdict === 'different');
    if (different?.found == null) continue;
    const {outputs, metrics, trace} = different.found;
    const needed = [...Object.values(outputs).map(({digest}) => digest), metrics, trace];
    const digests = needed.filter((digest) => digest !== null);
    if ((await side.source.store.artifacts.missing(digests)).size === 0) return stages;
  }
  return undefined;
}

/** As a receipt would say it: the same document, on this machine. Settings that took effect are not in a claim. */
function foundHere(side: OpenSide, {stage: name, found}: StageVerdict): Receipt | undefined {
  const [stage, recorded] = [stageOf(side, name), receiptIn(side, name)];
  if (stage === undefined || recorded === undefined || found === null) return undefined;
  const {outputs, values, metrics, trace} = found;
  const execution = {
    interruptions: [],
    memory: 'undeclared',
    ...recorded.execution,
    metrics,
    trace,
  } satisfies Receipt3['execution'];
  const hardware = side.facts.hardware(stage.resources);
  return {...recorded, receipt: 3, outputs, values, hardware, execution};
}

function otherStages(verdicts: readonly StageVerdict[], {stage: first}: StageVerdict) {
  const names = (wanted: StageVerdict['verdict']) =>
    verdicts.flatMap(({stage, verdict}) => (verdict === wanted && stage !== first ? [stage] : []));
  return {same: names('exact'), others: names('different')};
}

function nothingIn(verdicts: readonly StageVerdict[], wanted: string | undefined): Bisection {
  const asked = verdicts.filter(({stage}) => wanted === undefined || stage === wanted);
  return {
    found: 'nothing',
    same: asked.flatMap(({stage, verdict}) => (verdict === 'exact' ? [{stage, causes: []}] : [])),
    unchecked: asked.flatMap((verdict) =>
      verdict.verdict === 'exact' ? [] : [{stage: verdict.stage, why: verdictWords(verdict, plainStyle)}],
    ),
  };
}
