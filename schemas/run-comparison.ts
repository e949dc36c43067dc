import type {Comparison, FieldDifference, Pair, TreeComparison} from './comparison.ts';
import type {TraceDivergence} from './trace.ts';

/** Two runs, stage by stage; what `repro diff RUN RUN` found. */
export interface RunComparison {
  readonly kind: 'runs';
  /** Every stage of either, in the order of a, then what only b has. */
  readonly stages: readonly StageComparison[];
  /** The stages with equal inputs and unequal results: where looking pays. */
  readonly first: readonly string[];
  /** Facts of the two machines that differ, most telling first. */
  readonly machines: readonly FieldDifference[];
  /** Of the pipeline and its repository. */
  readonly run: readonly FieldDifference[];
}

export type StageComparison =
  /** The same bits. `seconds` where each run executed it; `causes`: what differs though it made no difference. */
  | {
      readonly name: string;
      readonly verdict: 'same';
      readonly seconds: Pair<number> | undefined;
      readonly causes: readonly Cause[];
    }
  /** Other results, from inputs that another stage made differently. `causes` are its own, beside that. */
  | ({readonly name: string; readonly verdict: 'follows'; readonly from: readonly string[]} & Different)
  | ({readonly name: string; readonly verdict: 'different'} & Different)
  | {readonly name: string; readonly verdict: 'only-in'; readonly side: 'a' | 'b'}
  /** One of the two has no result: `failed`, `skipped`. */
  | {readonly name: string; readonly verdict: 'no-result'; readonly states: Pair<string>};

interface Different {
  readonly results: ResultDifferences;
  /** Most likely first; never empty for `different`. */
  readonly causes: readonly Cause[];
  readonly trace?: TraceDivergence;
}

export interface ResultDifferences {
  readonly outputs: readonly OutputDifference[];
  readonly values: readonly FieldDifference[];
  readonly metrics: MetricDifference | undefined;
}

export interface OutputDifference {
  readonly name: string;
  /** Only where somebody looked: in the stages of the first divergence. */
  readonly comparison?: Comparison;
}

/** The first step at which the numbers over steps differ. */
export interface MetricDifference {
  readonly step: number | undefined;
  readonly metrics: readonly FieldDifference[];
}

/** In the order of likelihood: what can be read and changed by people comes before what can't. */
export const CAUSE_CLASSES = [
  'code',
  'params',
  'seed',
  'input',
  'variables',
  'contract',
  'environment',
  'hardware',
  'effective',
  'unknown',
] as const;
export type CauseClass = (typeof CAUSE_CLASSES)[number];

export interface Cause {
  readonly class: CauseClass;
  readonly differences: readonly FieldDifference[];
  /** Of `code`, where both folders are in the store: by the field that names them. */
  readonly trees?: Readonly<Record<string, TreeComparison>>;
  /** Of `environment`, where both locks are in the store: by package and version. */
  readonly packages?: readonly FieldDifference[];
}

/** Two stages' receipts, side by side. */
export interface ReceiptComparison {
  readonly kind: 'receipts';
  readonly causes: readonly Cause[];
  readonly results: ResultDifferences;
  readonly seconds: Pair<number>;
  readonly trace?: TraceDivergence;
}
