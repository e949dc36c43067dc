import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {SkipReason, StageFailure} from './failure.ts';
import type {Receipt} from './receipt.ts';

/** One execution of a pipeline. Its canonical JSON's digest is the run's id. */
export interface RunRecord {
  readonly run: 1;
  readonly pipeline: {
    readonly name: string;
    readonly profile: string;
    readonly params: Readonly<Record<string, Json>>;
    readonly seed: number;
    /** Of the pipeline file's bytes. */
    readonly text: Digest;
  };
  readonly startedAt: string;
  readonly seconds: number;
  /** Of the project's repository, when there is one: the commit, and whether the tree was clean. */
  readonly git: {readonly commit: string; readonly clean: boolean; readonly remote: string | null} | null;
  readonly outcome: 'succeeded' | 'failed' | 'interrupted';
  readonly stages: readonly StageRecord[];
}

export type StageRecord =
  | {readonly name: string; readonly state: 'cached' | 'executed'; readonly receipt: Receipt}
  | {readonly name: string; readonly state: 'failed'; readonly failure: StageFailure}
  | {readonly name: string; readonly state: 'skipped'; readonly reason: SkipReason};
