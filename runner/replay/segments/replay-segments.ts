import {join} from 'node:path';
import type {StageFailure} from '../../../schemas/failure.ts';
import type {SingleInput} from '../../../schemas/plan.ts';
import {err, type Result} from '../../../schemas/result.ts';
import type {Grade, Segment, SegmentFinding, SegmentVerdict} from '../../../schemas/segments.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import type {Trace} from '../../compare/trace/open-trace.ts';
import {artifactOf, type Known} from '../../identity/key-document.ts';
import type {Admission} from '../../run/admission.ts';
import {bringSources} from '../../run/bring-sources.ts';
import {stageFailureOf} from '../../run/execute-stage.ts';
import type {RunContext} from '../../run/run-context.ts';
import {runSegments, type SegmentsDone} from './execute-segments.ts';
import {judgeSegments} from './judge-segments.ts';
import {lackingTensors, type PublishedStates, readState} from './published-states.ts';
import {startsOf} from './start-states.ts';
import type {Training} from './training.ts';

export interface Again {
  readonly training: Training;
  readonly trace: Trace;
  readonly states: PublishedStates;
  readonly grade: Grade;
  readonly known: Known;
  readonly admission: Admission;
  readonly reader: ArtifactReader;
}

export interface DoneAgain {
  readonly verdicts: readonly SegmentVerdict[];
  /** Of processes; null when there was none that ended well. */
  readonly seconds: number | null;
}

/** Does segments again and judges each, in the order of their steps. */
export async function doAgain(
  segments: readonly Segment[],
  again: Again,
  context: RunContext,
): Promise<DoneAgain> {
  const possible: Segment[] = [];
  const verdicts: SegmentVerdict[] = [];
  for (const segment of segments) {
    const missing = await missingStart(segment, again, context);
    if (missing === undefined) possible.push(segment);
    else verdicts.push({...segment, verdict: 'different', difference: {in: 'reply', why: missing}});
  }
  const done =
    possible.length === 0 ? {verdicts: [], seconds: null} : await together(possible, again, context);
  const all = [...verdicts, ...done.verdicts].sort((a, b) => a.index - b.index);
  return {verdicts: all, seconds: done.seconds};
}

async function missingStart(
  {after}: Segment,
  {states}: Again,
  {store}: RunContext,
): Promise<string | undefined> {
  if (after === 0) return undefined;
  const state = await readState(after, states.entries, store.artifacts);
  const wrong = state.ok ? lackingTensors(state.value, states.entries) : state.error;
  return wrong === undefined ? undefined : `the state after step ${after} ${wrong}`;
}

/** In one process; where that fails one by one, so that a state that can’t be read hides no other segment. */
async function together(segments: readonly Segment[], again: Again, context: RunContext): Promise<DoneAgain> {
  const done = await attempt(segments, again, context);
  if (done.ok) {
    const {training, trace, states, reader} = again;
    const {steps, recorded} = training;
    const {metrics} = recorded.execution;
    const about = {segments, done: done.value, trace, entries: states.entries, steps, metrics};
    const verdicts = await judgeSegments(about, context.store.artifacts, reader);
    return {verdicts, seconds: done.value.seconds};
  }
  if (segments.length === 1 || done.error.code === 'interrupted') return failed(segments, done.error);
  const verdicts: SegmentVerdict[] = [];
  let total = 0;
  for (const segment of segments) {
    const {verdicts: found, seconds} = await together([segment], again, context);
    verdicts.push(...found);
    total += seconds ?? 0;
  }
  return {verdicts, seconds: total};
}

function failed(segments: readonly Segment[], failure: StageFailure): DoneAgain {
  const finding: SegmentFinding = {
    verdict: 'unchecked',
    why: failure.code === 'interrupted' ? {code: 'interrupted'} : {code: 'failed', failure},
  };
  return {verdicts: segments.map((segment) => ({...segment, ...finding})), seconds: null};
}

async function attempt(
  segments: readonly Segment[],
  again: Again,
  context: RunContext,
): Promise<Result<SegmentsDone, StageFailure>> {
  try {
    return await execute(segments, again, context);
  } catch (error) {
    return err(stageFailureOf(error));
  }
}

async function execute(segments: readonly Segment[], again: Again, context: RunContext) {
  const {training, grade, known, admission} = again;
  const {stage, recorded} = training;
  const sources = await bringSources(stage, context);
  if (!sources.ok) return sources;
  const boundaries = await starts(segments, again, context);
  const present = {...known, source: (name: string) => sources.value.get(name) ?? known.source(name)};
  const isRecorded = (input: SingleInput) => input.from === 'stage' && input.stage === stage.name;
  const artifact = (input: SingleInput) =>
    isRecorded(input) && boundaries !== undefined ? boundaries : artifactOf(input, present);
  return runSegments(
    {
      stage: grade === 'trainer' ? {...stage, inputs: withRecorded(training)} : stage,
      recorded,
      artifact,
      segments: {boundaries, ranges: segments.map(({after, steps}) => ({after, steps}))},
    },
    admission,
    context,
  );
}

/** Trains on its own recorded rollouts: no stage takes its own output otherwise. */
function withRecorded({stage}: Training): Training['stage']['inputs'] {
  const input = stage.rolloutsFrom;
  if (input === undefined) throw new Error(`${stage.name} takes no recorded rollouts`);
  return new Map([...stage.inputs, [input, {from: 'stage', stage: stage.name, output: 'boundaries'}]]);
}

async function starts(segments: readonly Segment[], {states, grade}: Again, context: RunContext) {
  const scratch = context.scratches.take();
  try {
    return await startsOf(segments, states.entries, {
      store: context.store.artifacts,
      folder: join(scratch, 'tmp'),
      completions: grade === 'trainer',
    });
  } finally {
    context.scratches.giveBack(scratch);
  }
}
