import type {Digest} from './digest.ts';
import type {HardwareFacts} from './hardware.ts';
import type {TraceDivergence} from './trace.ts';
import type {FactDifference, StageVerdict, Unchecked} from './verdict.ts';

/** The steps after step `after` of a training that recorded its state there; the first begins at 0, with the inputs. */
export interface Segment {
  readonly stage: string;
  /** From 0. */
  readonly index: number;
  readonly after: number;
  readonly steps: number;
}

/** What doing one segment again says of it. */
export type SegmentFinding =
  /**
   * Bit for bit: every line of its steps, the state that it ends in (the last segment ends in the trace's end), and its
   * rows of the metrics and of the rollouts' token ids.
   */
  | {readonly verdict: 'exact'}
  | {readonly verdict: 'different'; readonly difference: SegmentDifference}
  | {
      readonly verdict: 'unsupported';
      readonly facts: readonly FactDifference[];
      readonly operations: readonly string[];
    }
  | {readonly verdict: 'unchecked'; readonly why: Unchecked};

export type SegmentVerdict = Segment & SegmentFinding;

export type SegmentDifference =
  | {readonly in: 'trace'; readonly divergence: TraceDivergence}
  /** All lines are equal, and the state after `step` is not: these of its tensors and facts. */
  | {readonly in: 'state'; readonly step: number; readonly differing: readonly string[]}
  /** Trace and state are equal, and what it logged of its steps is not: a number, or the token ids of a rollout. */
  | {readonly in: 'rows'; readonly logs: readonly ('metrics' | 'completions')[]}
  /** It gave something else than was asked for. */
  | {readonly in: 'reply'; readonly why: string};

/** `full` generates rollouts again; `trainer` trains on the recorded ones, and says nothing of where they came from. */
export type Grade = 'full' | 'trainer';

/** A training that is looked at in segments. */
export interface TrainingAudit {
  readonly stage: string;
  readonly steps: number;
  readonly every: number;
  readonly segments: number;
  readonly drawn: readonly number[];
  /** Null for a training without rollouts: there is one grade only. */
  readonly grade: Grade | null;
  /** What its published states, trace and model say of one another that can't be: found by reading, of all segments. */
  readonly findings: readonly string[];
  /** Whether the published weights are those that the trace ends in; otherwise why nobody knows. */
  readonly model: ModelTie;
  readonly recordedSeconds: number;
  /** Of the process that did the drawn segments again, its start included; null when there was none. */
  readonly seconds: number | null;
}

export type ModelTie =
  | {readonly tied: true}
  /** `contradicts`: by what they say of themselves they should be, and aren't. */
  | {readonly tied: false; readonly why: string; readonly contradicts: boolean};

/** Which parts were looked at, and how anybody can see that nobody chose them: docs in runner/replay/segments/draw.ts. */
export interface Draw {
  readonly method: 'repro segments v1';
  readonly publication: Digest;
  readonly seed: string;
  readonly seedFrom: 'named' | 'beacon' | 'random';
  readonly budgetPercent: number;
  /** Every segment, the lowest rank first; the first `drawn` of them are done again. */
  readonly ranks: readonly Ranked[];
  readonly drawn: number;
  /** Whole stages, in the order in which the budget was spent on them. */
  readonly stages: readonly Ranked[];
}

export interface Ranked {
  readonly stage: string;
  /** Null for a whole stage. */
  readonly index: number | null;
  readonly rank: string;
}

export interface ReplayCost {
  /** What the record says that the trainings took that have segments, and all stages. */
  readonly recordedTrainings: number;
  readonly recordedAll: number;
  /** Of processes here: of segments, of whole stages. */
  readonly segments: number;
  readonly stages: number;
  /** From the first process to the last verdict. */
  readonly wall: number;
  /** `segments` to `recordedTrainings`; null when nothing was done again. */
  readonly ratio: number | null;
}

/** That a run with so many forged segments had been caught by this draw, before its seed was known. */
export interface CatchChance {
  readonly forged: number;
  readonly of: number;
  readonly chance: number;
}

export interface NotLookedAt {
  readonly stage: string;
  readonly what: string;
  readonly why: string;
}

/** What executing a published run again found, whole or in part. */
export interface AuditReplay {
  readonly auditReplay: 1;
  readonly publication: Digest;
  readonly run: Digest;
  readonly startedAt: string;
  readonly reproVersion: string;
  readonly sandbox: 'bubblewrap' | 'none';
  readonly facts: HardwareFacts;
  /** Null when every stage was executed whole. */
  readonly draw: Draw | null;
  readonly trainings: readonly TrainingAudit[];
  readonly segments: readonly SegmentVerdict[];
  /** Stages that were executed whole. */
  readonly stages: readonly StageVerdict[];
  /** Those of the run that say what a machine computes: one that differs speaks of this machine, not of the run. */
  readonly probes: readonly string[];
  readonly cost: ReplayCost;
  readonly chances: readonly CatchChance[];
  readonly notLookedAt: readonly NotLookedAt[];
}
