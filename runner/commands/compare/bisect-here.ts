import {join} from 'node:path';
import type {Bisection} from '../../../schemas/bisection.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {Receipt, Receipt3} from '../../../schemas/receipt.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {receiptOfStage} from '../../../schemas/run-record.ts';
import type {StageVerdict} from '../../../schemas/verdict.ts';
import {compareDone, conclude} from '../../bisect/compare-steps.ts';
import {type Parting, partingOfStage} from '../../bisect/find-parting.ts';
import type {RecordedRun} from '../../opening/recorded/recorded-run.ts';
import {inSession, reading} from '../../opening/recorded/recorded-session.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {readReports} from '../../replay/read-reports.ts';
import {replayStages} from '../../replay/replay-stages.ts';
import {line} from '../../report/lines.ts';
import {verdictLine, verdictWords} from '../../report/replay-text.ts';
import {plainStyle} from '../../report/style.ts';
import {stageOf, stepAgain} from './step-again.ts';

/**
 * A recorded run against this machine: by the newest replay that still has what it found, else by executing it now.
 * The step where they part is then done again; where that gives a third result, nothing was wrong with the record.
 */
export async function againstHere(
  run: RecordedRun,
  wanted: string | undefined,
): Promise<Result<Bisection, Diagnostic>> {
  const known = await knownReplay(run, wanted);
  const replayed = known === undefined ? await replayNow(run, wanted) : ok(known);
  if (!replayed.ok) return replayed;
  const verdicts = replayed.value;
  const different = verdicts.find(({verdict}) => verdict === 'different');
  const found = different === undefined ? undefined : foundHere(run, different);
  const recorded = different === undefined ? undefined : receiptOfStage(run.record, different.stage);
  if (different === undefined || found === undefined || recorded === undefined)
    return ok(nothingIn(verdicts, wanted));
  const parting = await reading(run, (folder) => partingOfStage(different.stage, [recorded, found], folder));
  if (parting === undefined) return ok(nothingIn(verdicts, wanted));
  return lookCloser(run, found, {...parting, ...otherStages(verdicts, different)});
}

/** The first time says whether this machine gives the same bits twice; if it does not, another one shows which. */
async function lookCloser(
  run: RecordedRun,
  found: Receipt,
  parting: Parting,
): Promise<Result<Bisection, Diagnostic>> {
  const first = await stepAgain(run, {name: 'b', recorded: found}, parting);
  if (!first.ok) return first;
  if (first.value === undefined) return ok(conclude(parting, undefined));
  const done = [first.value];
  if (first.value.again.how === 'other') {
    const second = await stepAgain(run, {name: 'again', recorded: found}, parting);
    if (!second.ok) return second;
    if (second.value !== undefined) done.push(second.value);
  }
  return ok(conclude(parting, await reading(run, (folder) => compareDone(done, parting, folder))));
}

async function replayNow(
  run: RecordedRun,
  wanted: string | undefined,
): Promise<Result<readonly StageVerdict[], Diagnostic>> {
  const {plan, receipts, options, world} = run;
  const names = plan.stages.map(({name}) => name);
  const say = (verdict: StageVerdict) => {
    if (!options.json && verdict.verdict !== 'unchecked')
      world.err.write(line(verdictLine(verdict, 0, plainStyle)));
  };
  return inSession(run, ({context}) =>
    replayStages(
      {plan, receipts},
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
  run: RecordedRun,
  wanted: string | undefined,
): Promise<readonly StageVerdict[] | undefined> {
  for (const {report} of readReports(join(projectRoot(run.world.directory), '.repro'))) {
    // What can't be read is no loss: the run is done again then.
    if (!report.ok || report.value.run !== run.digest || report.value.chained) continue;
    const stages = report.value.stages.filter(({stage}) => wanted === undefined || stage === wanted);
    const different = stages.find(({verdict}) => verdict === 'different');
    if (different?.found == null) continue;
    const {outputs, metrics, trace} = different.found;
    const needed = [...Object.values(outputs).map(({digest}) => digest), metrics, trace];
    const digests = needed.filter((digest) => digest !== null);
    if ((await run.store.artifacts.missing(digests)).size === 0) return stages;
  }
  return undefined;
}

/** As a receipt would say it: the same document, on this machine. Settings that took effect are not in a claim. */
function foundHere(run: RecordedRun, {stage: name, found}: StageVerdict): Receipt | undefined {
  const [stage, recorded] = [stageOf(run, name), receiptOfStage(run.record, name)];
  if (stage === undefined || recorded === undefined || found === null) return undefined;
  const {outputs, values, metrics, trace} = found;
  const execution = {
    interruptions: [],
    memory: 'undeclared',
    ...recorded.execution,
    metrics,
    trace,
  } satisfies Receipt3['execution'];
  const hardware = run.facts.hardware(stage.resources);
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
