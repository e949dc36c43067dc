import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import type {FieldDifference} from '../../../schemas/comparison.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import type {RunComparison, StageComparison} from '../../../schemas/run-comparison.ts';
import {type RunRecord, receiptsIn, type StageRecord} from '../../../schemas/run-record.ts';
import {compareDocuments} from '../../identity/compare-documents.ts';
import type {ArtifactReader} from '../artifact-reader.ts';
import {byTellingness} from './by-tellingness.ts';
import {compareResults, divergenceOf, hasSameResults} from './compare-results.ts';
import {findCauses, UNKNOWN} from './find-causes.ts';
import {findHandedDown, type Receipts} from './handed-down.ts';
import {lookInto} from './look-into-causes.ts';

/** Two runs, stage by stage: which are the same, which follow from others, and where they first part. */
export async function compareRuns(
  a: RunRecord,
  b: RunRecord,
  reader: ArtifactReader,
): Promise<RunComparison> {
  const [before, after] = [receiptsIn(a), receiptsIn(b)];
  const stages: StageComparison[] = [];
  for (const name of namesOf(a, b)) stages.push(await compareStage({name, a, b, before, after}, reader));
  return {
    kind: 'runs',
    stages,
    first: stages.filter(({verdict}) => verdict === 'different').map(({name}) => name),
    machines: machineDifferences(before, after),
    run: compareDocuments(describe(a), describe(b)),
  };
}

/** Whether every stage gave the same bits, whatever it was made from. */
export function isSameBits({stages}: RunComparison): boolean {
  return stages.every(
    (stage) =>
      stage.verdict === 'same' || (stage.verdict === 'no-result' && stage.states[0] === stage.states[1]),
  );
}

interface StageOfRuns {
  readonly name: string;
  readonly a: RunRecord;
  readonly b: RunRecord;
  readonly before: Receipts;
  readonly after: Receipts;
}

async function compareStage(stage: StageOfRuns, reader: ArtifactReader): Promise<StageComparison> {
  const {name, before, after} = stage;
  const [x, y] = [stageOf(stage.a, name), stageOf(stage.b, name)];
  if (x === undefined || y === undefined)
    return {name, verdict: 'only-in', side: y === undefined ? 'a' : 'b'};
  const [a, b] = [before.get(name), after.get(name)];
  if (a === undefined || b === undefined) return {name, verdict: 'no-result', states: [x.state, y.state]};
  const causes = findCauses(a, b);
  if (hasSameResults(a, b)) return {name, verdict: 'same', seconds: secondsOf(a, b), causes};
  const {from, own} = findHandedDown(causes, without(before, name), without(after, name));
  if (from.length > 0)
    return {name, verdict: 'follows', from, results: await compareResults(a, b, reader, false), causes: own};
  return lookClosely(name, a, b, own.length === 0 ? [UNKNOWN] : own, reader);
}

async function lookClosely(
  name: string,
  a: Receipt,
  b: Receipt,
  causes: ReturnType<typeof findCauses>,
  reader: ArtifactReader,
): Promise<StageComparison> {
  const trace = await divergenceOf(a, b, reader);
  return {
    name,
    verdict: 'different',
    results: await compareResults(a, b, reader, true),
    causes: await lookInto(causes, reader),
    ...(trace !== undefined && {trace}),
  };
}

/** Undefined when one was never executed apart from the other: it is one receipt. */
function secondsOf({execution: a}: Receipt, {execution: b}: Receipt): readonly [number, number] | undefined {
  return a.startedAt === b.startedAt && a.seconds === b.seconds ? undefined : [a.seconds, b.seconds];
}

function machineDifferences(before: Receipts, after: Receipts): readonly FieldDifference[] {
  const found = new Map<string, FieldDifference>();
  for (const [name, a] of before) {
    const b = after.get(name);
    if (b === undefined) continue;
    for (const difference of compareDocuments(a.hardware.facts, b.hardware.facts))
      found.set(
        canonicalJson([difference.path, difference.before ?? null, difference.after ?? null]),
        difference,
      );
  }
  return [...found.values()].sort(byTellingness);
}

function describe({pipeline, git, outcome}: RunRecord): Json {
  const {name, profile, params, seed, text} = pipeline;
  return {name, profile, seed, params, 'pipeline file': text, git, outcome} as Json;
}

function stageOf({stages}: RunRecord, name: string): StageRecord | undefined {
  return stages.find((stage) => stage.name === name);
}

function namesOf(a: RunRecord, b: RunRecord): readonly string[] {
  return [...new Set([...a.stages, ...b.stages].map(({name}) => name))];
}

function without(receipts: Receipts, name: string): Receipts {
  return new Map([...receipts].filter(([other]) => other !== name));
}
