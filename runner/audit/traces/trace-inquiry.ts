import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {Plan} from '../../../schemas/plan.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {Watches} from '../watch.ts';
import type {WantedOfTrace} from './read-trace.ts';
import {type StateReading, stateFiles} from './state-files.ts';
import {type FoundInBytes, TraceBytes} from './trace-bytes.ts';
import {stateSteps, type TracedStage, tracedStages} from './traced-stages.ts';
import {readWeightFiles, type WeightFiles} from './weight-files.ts';

/** A stage with all that its trace is held against. */
export interface TraceQuestion {
  readonly stage: TracedStage;
  readonly weights: WeightFiles;
  readonly states: StateReading;
}

export interface TraceInquiry {
  readonly questions: readonly TraceQuestion[];
  readonly watches: Watches;
  /** Filled while bytes are read. */
  readonly found: FoundInBytes;
  /** Whether the tensors of recorded states are among what is read. */
  readonly readsStates: boolean;
}

/**
 * Which bytes of a run its traces are held against, and what looks at them while they are read. Small documents are
 * read here; what is large is never read for this alone.
 */
export async function askTraces(
  record: RunRecord2,
  plan: Plan | undefined,
  bucket: ReadableBucket,
  readsStates: boolean,
): Promise<TraceInquiry> {
  const questions: TraceQuestion[] = [];
  for (const stage of tracedStages(record, plan)) {
    const [weights, states] = [await readWeightFiles(stage, bucket), await stateFiles(stage, bucket)];
    questions.push({stage, weights, states});
  }
  const bytes = new TraceBytes();
  for (const [digest, wanted] of wantedOfTraces(questions)) bytes.watchTrace(digest, wanted);
  for (const [digest, names] of wantedOfMetrics(questions)) bytes.watchMetrics(digest, names);
  for (const {weights, states} of questions) {
    if (weights.state === 'files') for (const {digest} of weights.files) bytes.watchWeights(digest);
    if (!readsStates || states.state !== 'documents') continue;
    for (const {tensors} of states.documents)
      for (const [name, tensor] of Object.entries(tensors)) bytes.watchLeaf(tensorName(name), tensor);
  }
  return {questions, watches: bytes.watches, found: bytes, readsStates};
}

/** Two stages may have one trace, and each wants its own of it. */
function wantedOfTraces(questions: readonly TraceQuestion[]): ReadonlyMap<Digest, WantedOfTrace> {
  const all = new Map<Digest, {readonly steps: Set<number>; readonly scalars: Set<string>}>();
  for (const {stage} of questions) {
    if (stage.trace === null) continue;
    const wanted = all.get(stage.trace) ?? {steps: new Set(), scalars: new Set()};
    all.set(stage.trace, wanted);
    for (const step of stateSteps(stage)) wanted.steps.add(step);
    for (const scalar of Object.keys(stage.contract?.metrics ?? {})) wanted.scalars.add(scalar);
  }
  return all;
}

function wantedOfMetrics(questions: readonly TraceQuestion[]): ReadonlyMap<Digest, ReadonlySet<string>> {
  const all = new Map<Digest, Set<string>>();
  for (const {stage} of questions) {
    const {metrics} = stage.receipt.execution;
    if (metrics === null || stage.contract?.metrics === undefined) continue;
    const names = all.get(metrics) ?? new Set();
    all.set(metrics, names);
    for (const name of Object.values(stage.contract.metrics)) names.add(name);
  }
  return all;
}

/** `parameters/w` is the `w` of the trace's `parameters`. */
export function tensorName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
