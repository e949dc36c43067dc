import type {Artifact} from './artifact.ts';
import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {Nondeterminism, SkipReason, StageFailure} from './failure.ts';
import type {MetricNumber} from './metric-number.ts';

/**
 * What happens during a run. Work emits these and prints nothing; reporters render them.
 * As NDJSON, one object a line with `event` and `at` first, they are the run's log (format version 1).
 */
export type RunEvent = {readonly at: string} & RunEventBody;

export type RunEventBody =
  | {
      readonly event: 'run-started';
      readonly pipeline: string;
      readonly profile: string;
      readonly directory: string;
      readonly sandbox: 'bubblewrap' | 'none';
      readonly stages: readonly PlannedLine[];
    }
  | {readonly event: 'environment-building'; readonly environment: string; readonly log: string}
  | {readonly event: 'environment-ready'; readonly environment: string; readonly seconds: number}
  /** While it is fetched, now and then. `total` is null while nobody has said it. */
  | {
      readonly event: 'source-progress';
      readonly source: string;
      readonly bytes: number;
      readonly total: number | null;
    }
  | {readonly event: 'source-ready'; readonly source: string; readonly digest: Digest}
  | {readonly event: 'stage-started'; readonly stage: string; readonly key: Digest; readonly attempt: number}
  | {
      readonly event: 'stage-progress';
      readonly stage: string;
      readonly step: number;
      readonly total: number | null;
      readonly metrics: Readonly<Record<string, MetricNumber>>;
    }
  | ({
      readonly event: 'stage-finished';
      readonly stage: string;
      readonly state: 'cached' | 'executed';
    } & Finished)
  | {
      readonly event: 'stage-failed';
      readonly stage: string;
      readonly failure: StageFailure;
      /** The end of its log, and the path of the whole. */
      readonly lines: readonly string[];
      readonly log: string | null;
      /** Where its folder was moved to, to be looked into for a while. */
      readonly kept: string | null;
      readonly willRetry: boolean;
    }
  /** What a stage that is done had written and nothing keeps: it may count on it. */
  | ({readonly event: 'stage-left-out'; readonly stage: string} & LeftOut)
  | {readonly event: 'stage-skipped'; readonly stage: string; readonly reason: SkipReason}
  | ({readonly event: 'nondeterminism'} & Nondeterminism)
  /** What became of this run's results in the shared store. */
  | {
      readonly event: 'results-shared';
      readonly store: string;
      /** Not there before; there before and the same; not sent. */
      readonly uploaded: number;
      readonly present: number;
      readonly bytes: number;
      readonly failed: readonly {readonly stage: string; readonly why: string}[];
    }
  | {readonly event: 'warning'; readonly message: string}
  | {readonly event: 'interrupted'; readonly how: 'cleanly' | 'now'}
  | {
      readonly event: 'run-finished';
      readonly outcome: 'succeeded' | 'failed' | 'interrupted';
      readonly seconds: number;
      readonly executed: number;
      readonly cached: number;
      readonly failed: number;
      readonly skipped: number;
      /** Seconds that the cached stages took when they ran. */
      readonly secondsSaved: number;
      /** Digest of the run record: the run's id. */
      readonly run: Digest | null;
      readonly exitCode: number;
    };

export interface LeftOut {
  readonly what: 'empty-folders' | 'undeclared-outputs' | 'undeclared-values';
  /** The output that they were in. */
  readonly output: string | null;
  readonly count: number;
  /** The name of one of them. */
  readonly first: string;
}

export interface PlannedLine {
  readonly stage: string;
  readonly live: string | null;
  /** From an earlier run of a stage of this name, in seconds. */
  readonly expected: number | null;
}

interface Finished {
  readonly key: Digest;
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly values: Readonly<Record<string, Json>>;
  /** Of the execution, also when it was cached. */
  readonly seconds: number;
}
