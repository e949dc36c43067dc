import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {SkipReason, StageFailure} from './failure.ts';
import type {StageName} from './names.ts';
import type {Author, RunCode} from './publication.ts';
import type {Receipt} from './receipt.ts';

/** One execution of a pipeline. Its canonical JSON's digest is the run's id. */
export type RunRecord = RunRecord1 | RunRecord2;

/** Since format 2 a record names all that the run was made from, so that it can be published and run again. */
export interface RunRecord2 extends Execution {
  readonly run: 2;
  readonly pipeline: PipelineOfRun & {
    /** As given with -p: `name=value`. */
    readonly overrides: readonly string[];
    readonly license: string | null;
    readonly authors: readonly Author[];
    readonly description: string | null;
    readonly citation: Json;
  };
  readonly source: RunCode;
}

/** Written until 0.1. It can be shown and compared, but not published: what it was made from was not kept. */
export interface RunRecord1 extends Execution {
  readonly run: 1;
  readonly pipeline: PipelineOfRun;
}

interface PipelineOfRun {
  readonly name: string;
  readonly profile: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly seed: number;
  /** Of the pipeline file's bytes. */
  readonly text: Digest;
}

interface Execution {
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

/** The results of the stages that have one, by their names, in the order of the record. */
export function receiptsIn({stages}: Pick<RunRecord, 'stages'>): ReadonlyMap<StageName, Receipt> {
  // A record's names are a plan's: whoever reads one from elsewhere checks that (runner/audit/parse-record.ts).
  return new Map(
    stages.flatMap((stage) =>
      'receipt' in stage ? [[stage.name as StageName, stage.receipt] as const] : [],
    ),
  );
}

/** The result of one stage; undefined where it has none, or there is no such stage. */
export function receiptOfStage({stages}: Pick<RunRecord, 'stages'>, name: string): Receipt | undefined {
  const stage = stages.find((each) => each.name === name);
  return stage !== undefined && 'receipt' in stage ? stage.receipt : undefined;
}
