import type {LocatedDivergence, NothingFound} from '../../schemas/bisection.ts';
import type {Comparison} from '../../schemas/comparison.ts';
import {isDigest} from '../../schemas/digest.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import type {Cause, RunComparison} from '../../schemas/run-comparison.ts';
import {type RunRecord, receiptOfStage} from '../../schemas/run-record.ts';
import type {ArtifactReader} from '../compare/artifact-reader.ts';
import {explainReceipts, isSameReceipts} from '../compare/runs/compare-receipts.ts';
import {compareArtifacts} from '../compare/runs/compare-results.ts';
import {compareRuns} from '../compare/runs/compare-runs.ts';
import {lookInto} from '../compare/runs/look-into-causes.ts';
import {searchChains} from './search-chains.ts';

/** Where two things part, before anything is done again. */
export type Parting = Omit<LocatedDivergence, 'verdict' | 'again'>;

/** Two recorded runs: the first stage with equal inputs and other results, or the one that is asked for. */
export async function partingOfRuns(
  a: RunRecord,
  b: RunRecord,
  wanted: string | undefined,
  reader: ArtifactReader,
): Promise<Parting | NothingFound> {
  const runs = await compareRuns(a, b, reader);
  const stage = wanted ?? runs.first[0];
  if (stage === undefined) return nothingIn(runs, reader);
  const [before, after] = [receiptOfStage(a, stage), receiptOfStage(b, stage)];
  if (before === undefined || after === undefined) return nothingIn(runs, reader);
  const parting = await partingOfStage(stage, [before, after], reader);
  if (parting === undefined) return nothingIn(runs, reader);
  const same = runs.stages.flatMap(({name, verdict}) => (verdict === 'same' ? [name] : []));
  return {...parting, same, others: runs.first.filter((name) => name !== stage)};
}

/** One stage's two results; undefined when they are the same. */
export async function partingOfStage(
  stage: string,
  [a, b]: readonly [Receipt, Receipt],
  reader: ArtifactReader,
): Promise<Parting | undefined> {
  const compared = await explainReceipts(a, b, reader);
  if (isSameReceipts(compared)) return undefined;
  const {causes, results, trace} = compared;
  const probes = trace?.kind === 'step' ? await probesOf(a, b, reader) : undefined;
  return {
    found: 'divergence',
    stage,
    same: [],
    others: [],
    inputs: await inputsOf(causes, reader),
    causes,
    results,
    ...(trace !== undefined && {trace}),
    ...(probes !== undefined && {probes}),
  };
}

async function probesOf(a: Receipt, b: Receipt, reader: ArtifactReader) {
  const [x, y] = [traceOf(a), traceOf(b)];
  if (x === null || y === null) return undefined;
  return searchChains(reader.file('trace.jsonl', x), reader.file('trace.jsonl', y));
}

/** What another input is: which file, which weight. */
async function inputsOf(causes: readonly Cause[], reader: ArtifactReader) {
  const found: {name: string; comparison: Comparison}[] = [];
  const differences = causes.flatMap((cause) => (cause.class === 'input' ? cause.differences : []));
  for (const {path, before, after} of differences) {
    if (!isDigest(before) || !isDigest(after) || !(await reader.has(before, after))) continue;
    const [x, y] = [await reader.isTree(before), await reader.isTree(after)];
    if (x !== y) continue;
    const artifact = (digest: typeof before) =>
      x ? ({type: 'tree', digest, size: 0, files: 0} as const) : ({type: 'blob', digest, size: 0} as const);
    const name = path.replace(/^inputs\./, '');
    found.push({name, comparison: await compareArtifacts(name, artifact(before), artifact(after), reader)});
  }
  return found;
}

async function nothingIn({stages}: RunComparison, reader: ArtifactReader): Promise<NothingFound> {
  const same = [];
  const unchecked = [];
  for (const stage of stages) {
    if (stage.verdict === 'same')
      same.push({stage: stage.name, causes: await lookInto(stage.causes, reader)});
    else if (stage.verdict === 'only-in')
      unchecked.push({stage: stage.name, why: `it is only in ${stage.side}`});
    else if (stage.verdict === 'no-result')
      unchecked.push({stage: stage.name, why: `${stage.states[0]} in a, ${stage.states[1]} in b`});
    else unchecked.push({stage: stage.name, why: 'other results, not asked for'});
  }
  return {found: 'nothing', same, unchecked};
}
