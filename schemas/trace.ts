/**
 * What a training stage says of every optimizer step, as a hash chain in JSON Lines: a header, then one line a step.
 * Format 1. Each line is canonical JSON; its `chain` is the SHA-256 of the line without `chain`, `previous` included.
 */
export const TRACE_PARTS = [
  'batch',
  'rollout',
  'loss',
  'gradient',
  'optimizer',
  'parameters',
  'rng',
  'cursor',
  /** On the last step, where the saved file holds other tensors than `parameters` digests: another type, other names. */
  'saved',
] as const;

/** In the order in which a step computes them: the first that differs is the nearest to the cause. */
export type TracePart = (typeof TRACE_PARTS)[number];

/** 64 hexadecimal digits, without the algorithm: the header names it once for all. */
export type Hex = string;

export interface TraceHeader {
  readonly trace: 1;
  readonly what: string;
  readonly algorithm: 'sha256';
  /** All that a line of this trace may hold, sorted. */
  readonly parts: readonly TracePart[];
  /** 64 zeros: nothing comes before a header. */
  readonly previous: Hex;
  readonly chain: Hex;
}

export interface TraceStep {
  /** From 1, without gaps. */
  readonly step: number;
  readonly parts: Readonly<Partial<Record<TracePart, Hex>>>;
  /** Numbers as the 16 hexadecimal digits of a big-endian float64: no spelling can hide a bit. */
  readonly scalars: Readonly<Record<string, string>>;
  readonly previous: Hex;
  readonly chain: Hex;
}

/** Where two traces part, and what that says. */
export type TraceDivergence =
  | {readonly kind: 'equal'; readonly steps: number}
  /** The longer one goes on where the other ends; up to there they are equal. */
  | {readonly kind: 'longer'; readonly steps: readonly [number, number]; readonly probes: number}
  /** They don't speak of the same parts, so no chain of theirs could be equal. */
  | {readonly kind: 'other-header'; readonly fields: readonly string[]}
  /** One of them is no trace, or was tampered with: `line` of its file. */
  | {readonly kind: 'refused'; readonly side: 'a' | 'b'; readonly line: number; readonly why: string}
  | {readonly kind: 'unread'; readonly why: string}
  | DivergingStep;

export interface DivergingStep {
  readonly kind: 'step';
  readonly step: number;
  /** How many steps each trace has. */
  readonly steps: readonly [number, number];
  /** The first part that differs, in causal order; undefined when only reported numbers do. */
  readonly first: TracePart | undefined;
  readonly differing: readonly TracePart[];
  readonly equal: readonly TracePart[];
  /** Parts that only one of the two has at this step. */
  readonly absent: readonly TracePart[];
  /** All lines before it are equal, or receipts say that both began alike. */
  readonly equalBefore: boolean;
  /**
   * The last step before it whose line has `parameters`, 0 for the start; they are equal there. Undefined when nobody
   * knows. Parts as large as the model may be left out of most steps.
   */
  readonly parametersEqualAt: number | undefined;
  readonly scalars: readonly ScalarDifference[];
  readonly cause: TraceCause;
  /** What the trace alone can't rule out. */
  readonly alternatives: readonly TraceCause[];
  /** How many lines of each trace were compared to find it. */
  readonly probes: number;
}

export interface ScalarDifference {
  readonly name: string;
  /** The number in decimal, or undefined where it isn't there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Units in the last place between two finite numbers, of the narrowest type that holds both; exact up to 2^53. */
  readonly apart: {readonly ulps: number; readonly type: 'float32' | 'float64'} | undefined;
}

/** Closed: planted-fault tests and people branch on it. What each means to people: runner/report/divergence-text.ts. */
const TRACE_CAUSES = [
  /** Other parameters before the first step. */
  'other-start',
  /** Random numbers differ from the first step on. */
  'seed',
  /** Random numbers differ from a later step on: a state that was lost, or drawn from. */
  'random-state',
  /** The cursor is elsewhere. */
  'data-order',
  /** The cursor is the same, and the batch isn't: shuffled, tokenised otherwise, or other data. */
  'batch',
  /** Equal parameters and random numbers, other completions. */
  'sampling',
  /** Equal inputs, another loss or gradient: kernel, threads, instruction set, library. */
  'arithmetic',
  /** Equal gradients, another optimizer. */
  'optimizer-state',
  /** All but the parameters is equal: the update, or a bit that something else changed. */
  'parameter-update',
  /** Only numbers that are said of a step. */
  'reported-number',
] as const;

export type TraceCause = (typeof TRACE_CAUSES)[number];
