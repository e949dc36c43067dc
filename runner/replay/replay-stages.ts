import type {Artifact} from '../../schemas/artifact.ts';
import type {SkipReason} from '../../schemas/failure.ts';
import type {StageName} from '../../schemas/names.ts';
import type {Plan, PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {FactDifference, StageVerdict, Unchecked, Verdict} from '../../schemas/verdict.ts';
import {compareDocuments, type Difference} from '../identity/compare-documents.ts';
import {artifactOf, type Identified, identify, type Known} from '../identity/key-document.ts';
import {Admission} from '../run/admission.ts';
import {slotFor} from '../run/admission-slot.ts';
import {bringSources} from '../run/bring-sources.ts';
import {executeStage, stageFailureOf} from '../run/execute-stage.ts';
import {knownTo} from '../run/known-to.ts';
import type {RunContext} from '../run/run-context.ts';
import {schedule} from '../run/schedule.ts';
import {compareFacts, compareStageResults, resultOf} from './compare-stage-results.ts';
import {differingOperations} from './probe-report.ts';
import {isProbe} from './stage-roles.ts';

export interface ReplayOptions {
  /** Feed replayed outputs forward; otherwise each stage starts from what the record says went into it. */
  readonly chained: boolean;
  readonly selected: ReadonlySet<StageName>;
  /** Execute on another hardware class, too: the answer is then about that class. */
  readonly anyClass: boolean;
  readonly onVerdict: (verdict: StageVerdict) => void;
}

export interface Recorded {
  readonly plan: Plan;
  readonly receipts: ReadonlyMap<StageName, Receipt>;
}

/**
 * Executes recorded stages again and compares. One difference doesn't hide the next: each stage starts from its
 * recorded inputs, so they need not wait for one another, and a mismatch stops nothing.
 */
export async function replayStages(
  {plan, receipts}: Recorded,
  options: ReplayOptions,
  context: RunContext,
): Promise<readonly StageVerdict[]> {
  const replay: Replay = {
    receipts,
    options,
    context,
    admission: new Admission(context.limits),
    replayed: new Map(),
    verdicts: new Map(),
    doubts: [],
  };
  // A probe takes seconds, and says whether the hours after it can come out the same.
  const first = probesOf(plan, options.chained);
  const others = plan.stages.filter((stage) => !first.has(stage.name));
  const early = plan.stages.filter((stage) => first.has(stage.name));
  await replayAll(early, replay);
  replay.doubts.push(...(await doubtsOf(early, replay)));
  await replayAll(others, replay);
  return plan.stages.map((stage) => judged(stage, replay));
}

/** In a chained replay with all that they need; otherwise that is recorded. */
function probesOf({stages}: Plan, chained: boolean): ReadonlySet<StageName> {
  const first = new Set<StageName>();
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const add = (stage: PlannedStage | undefined) => {
    if (stage === undefined || first.has(stage.name)) return;
    first.add(stage.name);
    if (chained) for (const name of stage.dependsOn) add(byName.get(name));
  };
  for (const stage of stages) if (isProbe(stage)) add(stage);
  return first;
}

interface Replay {
  readonly receipts: ReadonlyMap<StageName, Receipt>;
  readonly options: ReplayOptions;
  readonly context: RunContext;
  readonly admission: Admission;
  /** In a chained replay, what has been made so far. */
  readonly replayed: Map<StageName, Receipt>;
  readonly verdicts: Map<StageName, StageVerdict>;
  /** Operations that this machine computes otherwise than the recorded one: why nothing else is worth trying. */
  readonly doubts: string[];
}

async function replayAll(stages: readonly PlannedStage[], replay: Replay): Promise<void> {
  const {options, context} = replay;
  const names = new Set(stages.map(({name}) => name));
  const independent = stages.map((stage) => ({
    ...stage,
    dependsOn: options.chained ? stage.dependsOn.filter((name) => names.has(name)) : [],
  }));
  await schedule(independent, context.limits.jobs + 2, async (stage) => {
    const verdict = await replayStage(stage, replay);
    replay.verdicts.set(stage.name, verdict);
    options.onVerdict(verdict);
  });
}

function judged({name}: PlannedStage, {verdicts}: Replay): StageVerdict {
  const verdict = verdicts.get(name);
  if (verdict === undefined) throw new Error(`${name} was not judged`);
  return verdict;
}

async function replayStage(stage: PlannedStage, replay: Replay): Promise<StageVerdict> {
  const recorded = replay.receipts.get(stage.name);
  if (recorded === undefined) return without(recorded, stage, {code: 'not-recorded'});
  if (!replay.options.selected.has(stage.name)) return without(recorded, stage, {code: 'not-selected'});
  if (stage.determinism === 'none') return without(recorded, stage, {code: 'not-deterministic'});
  if (stopped(replay)) return without(recorded, stage, {code: 'interrupted'});
  const lacking = replay.options.chained
    ? stage.dependsOn.find((name) => receiptIn(replay, name) === undefined)
    : undefined;
  if (lacking !== undefined) return without(recorded, stage, {code: 'nothing-to-go-on', stage: lacking});
  try {
    return await execute(stage, recorded, replay);
  } catch (error) {
    return without(recorded, stage, {code: 'failed', failure: stageFailureOf(error)});
  }
}

async function execute(stage: PlannedStage, recorded: Receipt, replay: Replay): Promise<StageVerdict> {
  const {context, options} = replay;
  const known = knownTo(replay.context.facts, (name) => receiptIn(replay, name), NOT_RECORDED);
  const identified = identify(stage, known);
  // In a chained replay other inputs are a finding of the stage before, not another question.
  const fields = compareDocuments(recorded.document, identified.document);
  const questions = fields.filter(({path}) => !path.startsWith(ENVIRONMENT));
  if (questions.length > 0 && !options.chained) {
    return without(recorded, stage, {code: 'another-key', fields: questions.map(({path}) => path)});
  }
  const facts = [
    ...compareFacts(recorded.hardware.facts, context.facts.hardware(stage.resources).facts),
    ...fields.filter(({path}) => path.startsWith(ENVIRONMENT)).map(factOf),
  ];
  const doubts = isProbe(stage) ? [] : replay.doubts;
  if (facts.length + doubts.length > 0 && !options.anyClass)
    return unsupported(recorded, stage, facts, doubts);
  const sources = await bringSources(stage, context);
  if (!sources.ok) return without(recorded, stage, {code: 'failed', failure: sources.error});
  const present: Known = {...known, source: (name) => sources.value.get(name) ?? known.source(name)};
  const ended = await run(stage, identified, (input) => artifactOf(input, present), replay);
  if (ended.how === 'stopped') return without(recorded, stage, {code: 'interrupted'});
  if (ended.how === 'failed') {
    const interrupted = ended.failure.code === 'interrupted';
    return without(
      recorded,
      stage,
      interrupted ? {code: 'interrupted'} : {code: 'failed', failure: ended.failure},
    );
  }
  replay.replayed.set(stage.name, ended.receipt);
  return {
    ...judge(recorded, ended.receipt),
    ...about(recorded, stage),
    found: resultOf(ended.receipt),
    seconds: ended.receipt.execution.seconds,
    anotherClass: facts.length > 0,
  };
}

/** The lock is the recorded one, but this machine's Python may be another: a fact, like its hardware. */
const ENVIRONMENT = 'environment.';

function factOf({path, before, after}: Difference): FactDifference {
  const text = (value: Difference['before']) =>
    value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
  return {fact: path, recorded: text(before), here: text(after)};
}

async function run(
  stage: PlannedStage,
  identified: Identified,
  artifact: (input: SingleInput) => Artifact,
  replay: Replay,
) {
  const place = slotFor(stage.resources, replay.admission, () => whyStopped(replay));
  try {
    return await executeStage({stage, identified, artifact, slot: place, mayResume: false}, replay.context);
  } finally {
    place.leave();
  }
}

function judge(recorded: Receipt, found: Receipt): Verdict {
  return compareStageResults(resultOf(recorded), resultOf(found));
}

/** Of a stage that another one needs, in a record that lies. */
export const NOT_RECORDED = 'has no recorded result, which another stage needs';

/** What is recorded; in a chained replay, what was made here. */
function receiptIn({options, replayed, receipts}: Replay, name: StageName): Receipt | undefined {
  return (options.chained && options.selected.has(name) ? replayed : receipts).get(name);
}

function stopped({context}: Replay): boolean {
  return context.stop.cleanly.aborted;
}

function whyStopped(replay: Replay): SkipReason | undefined {
  return stopped(replay) ? {code: 'interrupted'} : undefined;
}

function unsupported(
  recorded: Receipt,
  stage: PlannedStage,
  facts: readonly FactDifference[],
  operations: readonly string[],
): StageVerdict {
  return {verdict: 'unsupported', facts, operations, ...about(recorded, stage), ...nothingFound};
}

async function doubtsOf(
  stages: readonly PlannedStage[],
  {verdicts, context}: Replay,
): Promise<readonly string[]> {
  const doubts: string[] = [];
  for (const stage of stages) {
    const {verdict, recorded = null, found = null} = verdicts.get(stage.name) ?? {};
    if (verdict !== 'different' || recorded === null || found === null) continue;
    doubts.push(...(await differingOperations(context.store.artifacts, stage, recorded, found)));
  }
  return [...new Set(doubts)];
}

function without(recorded: Receipt | undefined, stage: PlannedStage, why: Unchecked): StageVerdict {
  return {verdict: 'unchecked', why, ...about(recorded, stage), ...nothingFound};
}

const nothingFound = {found: null, seconds: null, anotherClass: false} as const;

function about(recorded: Receipt | undefined, {name}: PlannedStage) {
  return {
    stage: name,
    key: recorded?.key ?? null,
    recorded: recorded === undefined ? null : resultOf(recorded),
  };
}
