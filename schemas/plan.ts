import type {Json} from './canonical-json.ts';
import type {TextPosition} from './diagnostic.ts';
import type {Digest} from './digest.ts';
import type {StageName} from './names.ts';
import type {Author} from './publication.ts';
import type {TraceContract} from './stage-contract.ts';

/**
 * A pipeline with every reference resolved, typed and acyclic: valid by construction, static.
 * A stage's key is not part of it: that needs the digests of what the stages before it produced.
 */
export interface Plan {
  readonly name: string;
  /** The pipeline file, absolute. */
  readonly file: string;
  readonly profile: string;
  readonly license?: string;
  readonly description?: string;
  /** Of the pipeline; nobody, where it names none. */
  readonly authors: readonly Author[];
  /** As written: text, or a map such as CITATION.cff has; null where there is none. */
  readonly citation: Json;
  /** The name of a store that the user may have configured. */
  readonly store?: string;
  readonly seed: number;
  /** Effective pipeline params, defaults and overrides applied. */
  readonly params: Readonly<Record<string, Json>>;
  readonly environments: ReadonlyMap<string, PlannedEnvironment>;
  readonly sources: ReadonlyMap<string, PlannedSource>;
  /** In an order in which every stage comes after all it depends on. */
  readonly stages: readonly PlannedStage[];
  /** Every file whose text shaped this plan (pipeline, includes, stage.yaml), absolute. */
  readonly files: readonly string[];
}

export interface PlannedStage {
  readonly name: StageName;
  readonly kind: string;
  /** The stage folder, absolute. */
  readonly folder: string;
  /** argv, with only what earlier stages compute left open. */
  readonly command: readonly CommandElement[];
  readonly params: ReadonlyMap<string, ParamBinding>;
  readonly inputs: ReadonlyMap<string, InputBinding>;
  readonly outputs: ReadonlyMap<string, OutputSpec>;
  /** Values that this stage computes. */
  readonly values: ReadonlyMap<string, ValueType>;
  /** Undefined when the kind takes no seed. */
  readonly seed: number | undefined;
  readonly environment: string;
  /** Declared environment variables, beside the determinism contract's. */
  readonly variables: Readonly<Record<string, string>>;
  readonly determinism: Determinism;
  readonly reuse: ReusePolicy;
  readonly network: boolean;
  readonly resources: Resources;
  readonly retries: number;
  /** The metric worth showing while it runs. */
  readonly live: string | undefined;
  /** The optional input through which a training takes rollouts that were recorded, in place of drawing them. */
  readonly rolloutsFrom?: string;
  /** What its trace is held against; absent where its kind says nothing of one. */
  readonly trace?: TraceContract;
  readonly dependsOn: readonly StageName[];
  /** Where the pipeline says so. */
  readonly place: TextPosition;
}

export type Determinism = 'bitwise' | 'pure' | 'none';
export type ReusePolicy = 'any' | 'same-class' | 'none';
export type ValueType = 'number' | 'integer' | 'string' | 'boolean';

export interface Resources {
  readonly cpus: number;
  /** Bytes; undefined when not declared. */
  readonly memory: number | undefined;
  readonly gpus: number;
  /** Seconds; undefined when not limited. */
  readonly time: number | undefined;
  /**
   * Only what all CPUs from x86-64-v3 on compute alike (runner/identity/determinism-contract.ts): then neither the
   * vendor nor a higher level is a part of the hardware class.
   */
  readonly portable?: boolean;
}

/** What a stage asks for that wants nothing but the machine: by it the facts of a machine are asked for. */
export function machineResources(gpus: number): Resources {
  return {cpus: 1, memory: undefined, gpus, time: undefined};
}

/** One argv element: fixed text, or text around values that are known only at run time. */
export type CommandElement = readonly CommandPart[];
export type CommandPart =
  | {readonly type: 'text'; readonly text: string}
  | {readonly type: 'param'; readonly param: string};

export type ParamBinding =
  | {readonly from: 'literal'; readonly value: Json}
  | {readonly from: 'value'; readonly stage: StageName; readonly value: string};

export type InputBinding = SingleInput | {readonly from: 'many'; readonly members: readonly LabelledInput[]};
export type SingleInput =
  | {readonly from: 'stage'; readonly stage: StageName; readonly output: string}
  | {readonly from: 'source'; readonly source: string};
export interface LabelledInput {
  /** Unique among its siblings; the name of the entry in the input folder. */
  readonly label: string;
  readonly input: SingleInput;
}

export interface OutputSpec {
  readonly type: 'blob' | 'tree';
  /** What it is, for type checking of references: `model`, `problems`, … */
  readonly kind: string;
}

export type PlannedEnvironment =
  | {readonly type: 'host'}
  | {
      readonly type: 'python';
      /** The lock file, absolute. */
      readonly lock: string;
      readonly installer: 'pip' | 'uv';
    };

export interface PlannedSource {
  readonly name: string;
  readonly kind: string;
  readonly type: 'blob' | 'tree';
  /** Undefined when written as `unpinned`: may be checked and planned, never run. */
  readonly digest: Digest | undefined;
  readonly location: SourceLocation;
  readonly place: TextPosition;
}

export type SourceLocation =
  | {readonly from: 'file'; readonly path: string}
  | {readonly from: 'https'; readonly url: string}
  | {
      readonly from: 'hf';
      /** `organisation/name`, or `datasets/organisation/name`. */
      readonly repository: string;
      readonly revision: string;
      /** Exact paths, or patterns with `*`; all files when absent. */
      readonly files?: readonly string[];
    }
  | {readonly from: 's3'; readonly url: string}
  | {readonly from: 'git'; readonly url: string; readonly commit: string};
