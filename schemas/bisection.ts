import type {Comparison, FieldDifference} from './comparison.ts';
import type {Cause, CauseClass, ResultDifferences} from './run-comparison.ts';
import type {TraceDivergence, TracePart} from './trace.ts';

/** What `repro bisect` found: `a` is the run that was named; `b` is the other one, or what this machine makes of it. */
export type Bisection = NothingFound | LocatedDivergence;

export interface NothingFound {
  readonly found: 'nothing';
  /** The same bits; `causes` are what differs though it made no difference. */
  readonly same: readonly {readonly stage: string; readonly causes: readonly Cause[]}[];
  /** Stages that could not be compared, and why in words. */
  readonly unchecked: readonly {readonly stage: string; readonly why: string}[];
}

export interface LocatedDivergence {
  readonly found: 'divergence';
  /** Equal inputs, other results: the first such stage, or the one that was asked for. */
  readonly stage: string;
  /** Stages before it that gave the same bits, and others that diverge by themselves. */
  readonly same: readonly string[];
  readonly others: readonly string[];
  /** Another source that went in, where the store has both. */
  readonly inputs: readonly {readonly name: string; readonly comparison: Comparison}[];
  readonly results: ResultDifferences;
  /** What was recorded of both and differs, most likely first; facts of machines among them. */
  readonly causes: readonly Cause[];
  readonly trace?: TraceDivergence;
  /** Which lines' chains were compared, in order: an equal one stands for all before it. */
  readonly probes?: readonly ChainProbe[];
  readonly again?: StepAgain;
  readonly verdict: NamedFault;
}

export interface ChainProbe {
  readonly step: number;
  readonly equal: boolean;
}

/** The step at which they part, done again on this machine, and what it looked at tensor by tensor. */
export interface StepAgain {
  readonly step: number;
  readonly sides: readonly SideAgain[];
  /** In the order in which a step computes them; only those that differ. */
  readonly parts: readonly PartDifference[];
  /** Parts whose tensors were compared and are equal. */
  readonly equal: readonly TracePart[];
}

/** `exact`: the line that was recorded, so this machine computes that step as it was. */
export type SideAgain = {readonly side: 'a' | 'b' | 'again'} & (
  | {readonly how: 'exact'; readonly after: number; readonly seconds: number}
  /** It parts from what was recorded at `from`, at the latest at the step itself; recorded on a machine like this? */
  | {
      readonly how: 'other';
      readonly after: number;
      readonly from: number;
      readonly seconds: number;
      readonly likeRecorded: boolean;
    }
  | {readonly how: 'failed'; readonly why: string}
);

export interface PartDifference {
  readonly part: TracePart;
  readonly comparison: Comparison;
}

/** Closed: planted-fault tests and people branch on it. What each means to people: runner/report/bisect-text.ts. */
const FAULT_CLASSES = [
  'seed',
  'other-weights',
  'other-data',
  'data-order',
  'random-state',
  'threads',
  'instruction-set',
  'library',
  'machine',
  'settings',
  'kernel',
  'sampling',
  'optimizer-state',
  'code',
  'params',
  'unknown',
] as const;
export type FaultClass = (typeof FAULT_CLASSES)[number];

export interface NamedFault {
  readonly class: FaultClass;
  /** The recorded difference that explains it; undefined where nothing that was recorded does. */
  readonly by: FaultEvidence | undefined;
  /** Recorded differences that could explain it as well, and those that could not, by what the trace shows. */
  readonly also: readonly FaultEvidence[];
  readonly unlikely: readonly FaultEvidence[];
}

export interface FaultEvidence {
  readonly class: FaultClass;
  readonly from: CauseClass;
  readonly differences: readonly FieldDifference[];
}
