import type {Artifact} from './artifact.ts';
import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {StageFailure} from './failure.ts';
import type {HardwareFacts} from './hardware.ts';

/**
 * What replaying one recorded stage says of it. Never a silent pass: what was not looked at says so, and a
 * machine that can't be expected to give these bits is told from bits that are wrong.
 */
export type Verdict =
  /** Everything compared is the same, bit for bit. */
  | {readonly verdict: 'exact'; readonly compared: readonly string[]}
  /** `outputs.model`, `values.temperature`, `metrics`, `trace`: what is not the same. */
  | {
      readonly verdict: 'different';
      readonly differing: readonly string[];
      readonly compared: readonly string[];
    }
  /** This machine is of another hardware class, or its probe differs: which facts, recorded and here. */
  | {
      readonly verdict: 'unsupported';
      readonly facts: readonly FactDifference[];
      readonly operations: readonly string[];
    }
  | {readonly verdict: 'unchecked'; readonly why: Unchecked};

export type Unchecked =
  /** The record has no result of this stage. */
  | {readonly code: 'not-recorded'}
  | {readonly code: 'not-selected'}
  /** It says of itself that its result is not the same each time. */
  | {readonly code: 'not-deterministic'}
  /** Planned again from the published source it has another key: these fields of the document differ. */
  | {readonly code: 'another-key'; readonly fields: readonly string[]}
  | {readonly code: 'failed'; readonly failure: StageFailure}
  /** In a chained replay, a stage that it needs gave nothing. */
  | {readonly code: 'nothing-to-go-on'; readonly stage: string}
  | {readonly code: 'interrupted'};

export interface FactDifference {
  readonly fact: string;
  /** Null where one side does not have it. */
  readonly recorded: string | null;
  readonly here: string | null;
}

export type StageVerdict = Verdict & {
  readonly stage: string;
  readonly key: Digest | null;
  readonly recorded: StageResultDigests | null;
  readonly found: StageResultDigests | null;
  /** Of the replayed execution; null when there was none. */
  readonly seconds: number | null;
  /** Replayed on another class because the user asked for it. */
  readonly anotherClass: boolean;
};

export interface StageResultDigests {
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly values: Readonly<Record<string, Json>>;
  readonly metrics: Digest | null;
  readonly trace: Digest | null;
}

/** What one replay found; signed, it is what others can add to a published run. */
export interface ReplayReport {
  readonly replay: 1;
  readonly run: Digest;
  readonly pipeline: string;
  readonly chained: boolean;
  readonly startedAt: string;
  readonly seconds: number;
  readonly reproVersion: string;
  readonly sandbox: 'bubblewrap' | 'none';
  readonly facts: HardwareFacts;
  readonly stages: readonly StageVerdict[];
}
