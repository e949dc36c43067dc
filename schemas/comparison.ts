import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';

/** What `repro diff` found out about two files or folders, and what `--json` prints. A pair is always [a, b]. */
export type Comparison =
  | {readonly kind: 'same'}
  | TensorComparison
  | RowComparison
  | JsonComparison
  | TextComparison
  | ParquetComparison
  | BytesComparison
  | TreeComparison
  /** They differ, by their digests; nobody could look inside. */
  | {readonly kind: 'unread'; readonly why: string};

export type Pair<T> = readonly [T, T];

/** One place where two JSON documents differ. Undefined (absent in JSON): it isn't there. */
export interface FieldDifference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Weights by tensor name, however they are spread over files. */
export interface TensorComparison {
  readonly kind: 'tensors';
  /** `metadata-only`: every tensor is equal, and only headers or the spread over files differ. */
  readonly verdict: 'metadata-only' | 'weights';
  readonly tensors: Pair<number>;
  /** Of the tensors that both have in one shape and type. */
  readonly elements: number;
  readonly differing: number;
  /** Digest of names, types, shapes and bits (schemas/trace.ts): what a trace calls `parameters`. */
  readonly content: Pair<string>;
  readonly missing: readonly TensorShape[];
  readonly added: readonly TensorShape[];
  readonly reshaped: readonly (TensorShape & {readonly now: Omit<TensorShape, 'name'>})[];
  /** By name; at most 1,000 with details, `changedTensors` counts all. */
  readonly changed: readonly TensorDifference[];
  readonly changedTensors: number;
  /** Over all tensors. */
  readonly ulps: readonly UlpBucket[];
  readonly maxUlp: number | undefined;
  readonly classes: BitClasses;
  readonly metadata: readonly FieldDifference[];
  /** What else differs though no weight does: `order`, `files`, `header`. */
  readonly layout: readonly string[];
}

export interface TensorShape {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface TensorDifference extends TensorShape {
  readonly elements: number;
  readonly differing: number;
  readonly first: {
    readonly index: readonly number[];
    readonly before: ElementText;
    readonly after: ElementText;
  };
  /** Between numbers that have an order; undefined when none of them has. Exact up to 2^53. */
  readonly maxUlp: number | undefined;
  readonly ulps: readonly UlpBucket[];
  readonly classes: BitClasses;
}

export interface ElementText {
  readonly value: string;
  /** Hexadecimal, most significant digit first. */
  readonly bits: string;
}

/** How many elements are `from` to `to` units in the last place apart. For whole numbers: apart. */
export interface UlpBucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The coarsest thing that differs in an element. */
export const BIT_CLASSES = [
  'nan',
  'nan-payload',
  'infinity',
  'zero-sign',
  'sign',
  'exponent',
  'mantissa',
  'value',
  'bytes',
] as const;
export type BitClass = (typeof BIT_CLASSES)[number];
export type BitClasses = Readonly<Partial<Record<BitClass, number>>>;

/** JSON Lines, by key where rows have one. */
export interface RowComparison {
  readonly kind: 'rows';
  readonly rows: Pair<number>;
  /** The fields that name a row; empty: rows were compared by their number. */
  readonly key: readonly string[];
  readonly added: RowNames;
  readonly removed: RowNames;
  readonly changed: {readonly count: number; readonly rows: readonly RowDifference[]};
  /** Rows that are there in both, in another order: where it begins. */
  readonly moved: {readonly row: string; readonly from: number; readonly to: number} | undefined;
  /** How many of the changed rows were looked into: the first of them. */
  readonly lookedInto: number;
  /** How many of those differ in a field. */
  readonly fields: Readonly<Record<string, number>>;
}

export interface RowNames {
  readonly count: number;
  /** The first few. */
  readonly names: readonly string[];
}

export interface RowDifference {
  readonly row: string;
  /** Line numbers, from 1. */
  readonly lines: Pair<number>;
  readonly differences: readonly FieldDifference[];
}

export interface JsonComparison {
  readonly kind: 'json';
  /** All of them; zero: the same document, spelt differently. */
  readonly count: number;
  readonly differences: readonly FieldDifference[];
}

export interface TextComparison {
  readonly kind: 'text';
  readonly lines: Pair<number>;
  /** Undefined when the two are too different to be aligned: `firstLine` is then all that is known. */
  readonly changes:
    | {readonly added: number; readonly removed: number; readonly hunks: readonly Hunk[]}
    | undefined;
  readonly firstLine: number;
}

/** Lines from `at` on, one after another: `removed` from a, `added` from b. Numbers count from 1. */
export interface Hunk {
  readonly at: Pair<number>;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** What a footer says, and which column chunks have other bytes. Rows are compressed, and are not compared. */
export interface ParquetComparison {
  readonly kind: 'parquet';
  readonly rows: Pair<number>;
  readonly footer: readonly FieldDifference[];
  /** Columns whose stored bytes differ, with the first row group where they do; undefined when schemas differ. */
  readonly columns: readonly {readonly name: string; readonly rowGroup: number}[] | undefined;
}

export interface BytesComparison {
  readonly kind: 'bytes';
  readonly sizes: Pair<number>;
  /** Equal to the shorter one's size when that is the start of the longer. */
  readonly firstOffset: number;
  /** Why it was compared as bytes, where that isn't obvious: `truncated safetensors: …`. */
  readonly why: string | undefined;
}

export interface TreeComparison {
  readonly kind: 'tree';
  readonly files: Pair<number>;
  readonly same: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly FileDifference[];
}

export interface FileDifference {
  readonly path: string;
  readonly digests: Pair<Digest | undefined>;
  /** The executable bit, where only that differs or it differs too. */
  readonly executable?: Pair<boolean>;
  readonly comparison: Comparison;
}
