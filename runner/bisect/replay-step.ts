import type {ArtifactStore} from '../../artifacts/store.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Artifact, TreeArtifact} from '../../schemas/artifact.ts';
import type {SideAgain} from '../../schemas/bisection.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import type {Segment} from '../../schemas/segments.ts';
import {readTrace, TraceReader} from '../compare/trace/trace-reader.ts';
import {artifactOf} from '../identity/key-document.ts';
import {runSegments} from '../replay/segments/execute-segments.ts';
import {Admission} from '../run/admission.ts';
import {bringSources} from '../run/bring-sources.ts';
import {logFile} from '../run/execute-stage.ts';
import {lastLine} from '../run/last-line.ts';
import type {RunContext} from '../run/run-context.ts';
import {withListener} from './sdk-with-listener.ts';

export interface StepOrder {
  readonly side: SideAgain['side'];
  readonly stage: PlannedStage;
  /** What is to be done again, and whose trace says what must come out. */
  readonly recorded: Receipt;
  readonly receiptOf: (stage: string) => Receipt;
  readonly step: number;
  /** A file of ours: listener.py. */
  readonly listener: string;
}

export interface StepDone {
  readonly again: SideAgain;
  /** What the step looked at; undefined where it failed. */
  readonly looked: TreeArtifact | undefined;
}

/** Trains to the end of one step as it was recorded, from the nearest state that was kept, and listens at the step. */
export async function replayStep(order: StepOrder, context: RunContext): Promise<StepDone> {
  const {side, stage, recorded, step, listener} = order;
  const sources = await bringSources(stage, context);
  if (!sources.ok) return failed(side, `its sources can’t be had: ${sources.error.code}`);
  const known = {
    receipt: order.receiptOf,
    source: (name: string) => sources.value.get(name) ?? context.facts.source(name),
  };
  const {artifacts} = context.store;
  const boundaries = recorded.outputs.boundaries;
  const after = await nearestState(artifacts, boundaries, step);
  const segments = {boundaries: after === 0 ? undefined : boundaries, ranges: [{after, steps: step - after}]};
  const asked = {
    stage,
    recorded,
    artifact: (input: Parameters<typeof artifactOf>[0]) => artifactOf(input, known),
    segments,
  };
  const done = await runSegments(asked, new Admission(context.limits), withListener(context, listener));
  if (!done.ok) return failed(side, whyFailed(done.error, logFile(context.logs, stage)));
  const {trace, states, seconds} = done.value;
  const from = await firstOther(artifacts, [traceOf(recorded), trace], {after, steps: step - after});
  const about = {side, after, seconds};
  const likeRecorded = recorded.hardware.digest === context.facts.hardware(stage.resources).digest;
  return {
    again: from === undefined ? {...about, how: 'exact'} : {...about, how: 'other', from, likeRecorded},
    looked: states,
  };
}

/** The last recorded state before the step that the store has; 0: the start. */
async function nearestState(
  store: ArtifactStore,
  boundaries: Artifact | undefined,
  step: number,
): Promise<number> {
  if (boundaries?.type !== 'tree' || (await store.missing([boundaries.digest])).size > 0) return 0;
  const {entries} = await readManifest(store, boundaries.digest);
  if ((await store.missing(entries.map(({digest}) => digest))).size > 0) return 0;
  const steps = entries.flatMap(({path}) => {
    const [, number] = /^states\/(\d{8})\.json$/.exec(path) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  return Math.max(0, ...steps.filter((each) => each < step));
}

/** The first step whose line is not the recorded one: equal chains are equal lines. */
async function firstOther(
  store: ArtifactStore,
  [recorded, found]: readonly [Digest | null, Digest | null],
  {after, steps}: Pick<Segment, 'after' | 'steps'>,
): Promise<number | undefined> {
  if (recorded === null || found === null) return after + steps;
  const chains = new Map<number, string>();
  const keep = new TraceReader(({step, chain}) => chains.set(step, chain), 'parts');
  await readTrace(store.stream(found), keep);
  let other: number | undefined;
  const compare = new TraceReader(({step, chain}) => {
    if (step > after && step <= after + steps && chains.get(step) !== chain) other ??= step;
  });
  const whole = await readTrace(store.stream(recorded), compare);
  return other ?? (whole.ok && whole.value.steps >= after + steps ? undefined : after + steps);
}

function failed(side: SideAgain['side'], why: string): StepDone {
  return {again: {side, how: 'failed', why}, looked: undefined};
}

/** Why it failed is what the program said last. */
function whyFailed(failure: StageFailure, log: string): string {
  if (failure.code !== 'exited') return failure.code;
  return `it exited with ${failure.exitCode}: ${lastLine(log)}`;
}
