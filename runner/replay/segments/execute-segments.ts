import type {Artifact, TreeArtifact} from '../../../schemas/artifact.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {SkipReason, StageFailure} from '../../../schemas/failure.ts';
import type {PlannedStage, SingleInput} from '../../../schemas/plan.ts';
import {type Receipt, traceOf} from '../../../schemas/receipt.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type Identified, keyedBy} from '../../identity/key-document.ts';
import type {Admission} from '../../run/admission.ts';
import {slotFor} from '../../run/admission-slot.ts';
import {executeStage} from '../../run/execute-stage.ts';
import type {RunContext} from '../../run/run-context.ts';
import type {Segments} from '../../run/scratch.ts';

/** Some steps of a recorded training, to be done again: stages/README.md, "Doing a part again". */
export interface SegmentOrder {
  readonly stage: PlannedStage;
  /** Whose document says how: the command, its params, its contract. */
  readonly recorded: Receipt;
  readonly artifact: (input: SingleInput) => Artifact;
  readonly segments: Segments;
}

export interface SegmentsDone {
  /** The header, and the lines of the steps that were done again. */
  readonly trace: Digest | null;
  /** The rows of those steps. */
  readonly metrics: Digest | null;
  /** The full state that each range ended in, under `states/`. */
  readonly states: TreeArtifact;
  readonly seconds: number;
}

/** Trains the ranges again in one process, confined and under the contract as the recorded run was. */
export async function runSegments(
  {stage, recorded, artifact, segments}: SegmentOrder,
  admission: Admission,
  context: RunContext,
): Promise<Result<SegmentsDone, StageFailure>> {
  const whyStopped = (): SkipReason | undefined =>
    context.stop.cleanly.aborted ? {code: 'interrupted'} : undefined;
  const place = slotFor(stage.resources, admission, whyStopped);
  const part = {...stage, outputs: GIVEN, values: new Map()};
  const identified: Identified = keyedBy(recorded.document);
  try {
    const ended = await executeStage(
      {stage: part, identified, artifact, slot: place, mayResume: false, segments},
      context,
    );
    if (ended.how === 'stopped') return err({code: 'interrupted'});
    return ended.how === 'failed' ? err(ended.failure) : ok(doneBy(ended.receipt));
  } finally {
    place.leave();
  }
}

/** What a part of a training gives, whatever the whole of it does. */
const GIVEN: PlannedStage['outputs'] = new Map([['boundaries', {type: 'tree', kind: 'boundaries'}]]);

function doneBy(receipt: Receipt): SegmentsDone {
  const states = receipt.outputs.boundaries;
  if (states?.type !== 'tree') throw new Error('a segment gives a tree of states');
  const {metrics, seconds} = receipt.execution;
  return {trace: traceOf(receipt), metrics, states, seconds};
}
