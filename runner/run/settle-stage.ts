import {missingOf} from '../../artifacts/trees/missing-of.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Nondeterminism, SkipReason, StageFailure} from '../../schemas/failure.ts';
import type {StageName} from '../../schemas/names.ts';
import type {PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {chooseReceipt} from '../identity/choose-receipt.ts';
import {artifactOf, type Identified, identify, type Known} from '../identity/key-document.ts';
import type {Admission} from './admission.ts';
import {slotFor} from './admission-slot.ts';
import {bringSources} from './bring-sources.ts';
import {executeStage, stageFailureOf} from './execute-stage.ts';
import {knownTo} from './known-to.ts';
import type {RunContext} from './run-context.ts';
import type {RunOptions} from './run-options.ts';
import {receiptOfOutcome, type StageOutcome} from './stage-outcome.ts';

/** What changes while a plan runs. */
export interface RunState {
  readonly options: RunOptions;
  readonly context: RunContext;
  readonly outcomes: Map<StageName, StageOutcome>;
  readonly admission: Admission;
  /** Bounds how many stages are made ready, run and collected at once, whatever they ask for. */
  readonly preparation: Admission;
  readonly dependants: ReadonlyMap<StageName, readonly PlannedStage[]>;
  readonly failed: Set<StageName>;
  readonly findings: Nondeterminism[];
}

/** One stage, from all it depends on being settled to its own end. Never rejects. */
export async function settleStage(stage: PlannedStage, state: RunState): Promise<StageOutcome> {
  try {
    const skip = whySkip(stage, state);
    if (skip !== undefined) return {state: 'skipped', reason: skip};
    const identified = identify(stage, known(state));
    const cached = await lookUp(stage, identified, state);
    if (cached !== undefined) return {state: 'cached', receipt: cached};
    if (!state.options.selected.has(stage.name)) return notCached(stage, state);
    return await execute(stage, identified, state);
  } catch (error) {
    return failed(stage, stageFailureOf(error), state);
  }
}

/** Known before the stage gives its place to another: what waits for it must not start. */
function failed(
  stage: PlannedStage,
  failure: StageFailure,
  state: RunState,
  kept: string | null = null,
): StageOutcome {
  state.failed.add(stage.name);
  return {state: 'failed', failure, kept};
}

function whySkip(stage: PlannedStage, state: RunState): SkipReason | undefined {
  const {selected: all, concerned} = state.options;
  if (!concerned.has(stage.name)) return {code: 'not-selected'};
  const selected = all.has(stage.name);
  const lacking = stage.dependsOn.find(
    (needed) => receiptOfOutcome(state.outcomes.get(needed)) === undefined,
  );
  if (lacking !== undefined)
    return selected ? {code: 'upstream-failed', stage: lacking} : {code: 'not-selected'};
  return whyStopped(state);
}

function whyStopped({context, options, failed}: RunState): SkipReason | undefined {
  if (context.stop.cleanly.aborted) return {code: 'interrupted'};
  return options.onFailure === 'stop' && failed.size > 0 ? {code: 'stopped-after-failure'} : undefined;
}

/** An unselected stage is only there to be read from the cache: it matters when a selected one needs it. */
function notCached(stage: PlannedStage, state: RunState): StageOutcome {
  const {dependants, options} = state;
  const needed = (dependants.get(stage.name) ?? []).some(({name}) => options.selected.has(name));
  if (!needed) return {state: 'skipped', reason: {code: 'not-selected'}};
  return failed(stage, {code: 'input-not-cached', stage: stage.name}, state);
}

async function lookUp(stage: PlannedStage, {key}: Identified, state: RunState): Promise<Receipt | undefined> {
  const {options, context} = state;
  const mayUse = options.cache === 'use' || !options.selected.has(stage.name);
  if (!mayUse || stage.reuse === 'none') return undefined;
  const {receipts, damaged} = await context.store.receipts.lookup(key);
  for (const {file, why} of damaged) {
    context.emit({event: 'warning', message: `a damaged receipt was set aside: ${file}: ${why}`});
  }
  const chosen = chooseReceipt(receipts, stage.reuse, context.facts.hardware(stage.resources));
  if (chosen === undefined) return undefined;
  const gone = await missingOf(context.store.artifacts, Object.values(chosen.outputs));
  return gone.size === 0 ? chosen : undefined;
}

async function execute(stage: PlannedStage, identified: Identified, state: RunState): Promise<StageOutcome> {
  const {context} = state;
  // A few more are made ready than may run, so that no place stands empty while the next stage is prepared.
  const preparation = await state.preparation.enter(stage.resources);
  const place = slotFor(stage.resources, state.admission, () => whyStopped(state));
  try {
    const stopped = whyStopped(state);
    if (stopped !== undefined) return {state: 'skipped', reason: stopped};
    const hindrance = tooFewGpus(stage, context);
    if (hindrance !== undefined) return failed(stage, hindrance, state);
    const sources = await bringSources(stage, context);
    if (!sources.ok) return failed(stage, sources.error, state);
    const present = {...known(state), source: (name: string) => given(sources.value, name)};
    const artifact = (input: SingleInput) => artifactOf(input, present);
    const mayResume = state.options.cache === 'use';
    const ended = await executeStage({stage, identified, artifact, slot: place, mayResume}, context);
    if (ended.how === 'stopped') return {state: 'skipped', reason: ended.reason};
    if (ended.how === 'failed') return failed(stage, ended.failure, state, ended.kept);
    await record(stage, ended.receipt, state);
    // What follows goes on from the bits that this run made, also where they are not the recorded ones.
    return {state: 'executed', receipt: ended.receipt};
  } catch (error) {
    return failed(stage, stageFailureOf(error), state);
  } finally {
    place.leave();
    preparation.leave();
  }
}

function tooFewGpus({resources}: PlannedStage, {limits}: RunContext): StageFailure | undefined {
  const found = limits.gpus?.count ?? 0;
  return resources.gpus <= found ? undefined : {code: 'too-few-gpus', needed: resources.gpus, found};
}

function given<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`${name} was not brought`);
  return value;
}

/** The last act of a stage: from here on others may use it. Two executions that differ are a finding. */
async function record(stage: PlannedStage, receipt: Receipt, {context, findings}: RunState): Promise<void> {
  const put = await context.store.receipts.put(receipt);
  if (put.state !== 'nondeterminism' || stage.determinism === 'none') return;
  const finding: Nondeterminism = {
    stage: stage.name,
    key: receipt.key,
    differing: put.differing,
    recorded: resultsOf(put.stored),
    found: resultsOf(put.offered),
  };
  findings.push(finding);
  context.emit({event: 'nondeterminism', ...finding});
}

export function resultsOf({outputs, values}: Receipt): Json {
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, {digest}]) => [name, digest])),
    values,
  };
}

function known({context, outcomes}: RunState): Known {
  return knownTo(context.facts, (name) => receiptOfOutcome(outcomes.get(name)), NOT_MADE);
}

/** Of a stage that another one waits for. */
const NOT_MADE = 'has no receipt, though a stage that needs it was started';
