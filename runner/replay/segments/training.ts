import type {TreeArtifact} from '../../../schemas/artifact.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import {type Receipt, traceOf} from '../../../schemas/receipt.ts';
import type {Segment} from '../../../schemas/segments.ts';

/** A recorded training that published its states, and the segments that they cut it into. */
export interface Training {
  readonly stage: PlannedStage;
  readonly recorded: Receipt;
  readonly steps: number;
  readonly every: number;
  readonly boundaries: TreeArtifact;
  readonly trace: Digest;
  readonly segments: readonly Segment[];
}

/** More would be a nuisance: each is a line of a report. */
const MOST_SEGMENTS = 100_000;

/**
 * The segments of a training, from its params alone: they are in its key, and so signed for. What its published states
 * say of themselves decides nothing here, or an author could say how many there are, and so what is drawn.
 */
export function trainingOf(stage: PlannedStage, recorded: Receipt): Training | undefined {
  const {steps, boundaries: every} = recorded.document.params;
  const boundaries = recorded.outputs.boundaries;
  const trace = traceOf(recorded);
  if (!isCount(steps) || !isCount(every) || boundaries?.type !== 'tree' || trace === null) return undefined;
  const count = Math.ceil(steps / every);
  if (stage.determinism === 'none' || count > MOST_SEGMENTS) return undefined;
  const segments = Array.from({length: count}, (_, index) => ({
    stage: stage.name,
    index,
    after: index * every,
    steps: Math.min(every, steps - index * every),
  }));
  return {stage, recorded, steps, every, boundaries, trace, segments};
}

/** After which steps a state is published: the last is none, its state is the output. */
export function boundariesOf({segments}: Pick<Training, 'segments'>): readonly number[] {
  return segments.slice(1).map(({after}) => after);
}

/** Whether it draws rollouts, which can be taken from the record. */
export function hasRollouts({stage}: Training): boolean {
  return stage.rolloutsFrom !== undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
