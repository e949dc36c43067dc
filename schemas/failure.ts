import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {DiskTrouble} from './disk-trouble.ts';

/** Why a stage has no result. Closed; the words are the reporter's (runner/report/failure-text.ts). */
export type StageFailure =
  /** Its process ended with a code that is not 0. */
  | {readonly code: 'exited'; readonly exitCode: number}
  | {
      readonly code: 'signalled';
      readonly signal: number;
      /** At least so much it used; 0 where that is not known. */
      readonly peakBytes: number;
      /** The kernel killed for want of memory meanwhile; absent in records from before 0.3. */
      readonly machineFull?: boolean;
    }
  /** It used more than its `resources.memory`. `watched`: seen by looking now and then. */
  | {readonly code: 'memory-limit'; readonly bytes: number; readonly watched: boolean}
  /** It had more processes and threads than any stage may. */
  | {readonly code: 'process-limit'}
  | {readonly code: 'not-started'; readonly program: string; readonly why: string}
  /** A word of its command, or a variable, that the system can give to no program. */
  | {
      readonly code: 'argument-refused';
      readonly what: string;
      readonly bytes: number;
      readonly why: 'nul' | 'too-long';
    }
  | {readonly code: 'lost'; readonly why: string}
  | {readonly code: 'timed-out'; readonly seconds: number}
  /** It asked to be resumed (exit 75) more often than makes sense. */
  | {readonly code: 'never-finished'; readonly resumed: number}
  | {readonly code: 'output-refused'; readonly output: string; readonly why: string}
  | {readonly code: 'reply-malformed'; readonly file: string; readonly why: string}
  | {readonly code: 'value-missing'; readonly value: string}
  | {readonly code: 'value-mistyped'; readonly value: string; readonly expected: string; readonly found: Json}
  | {readonly code: 'environment'; readonly environment: string; readonly why: string; readonly help: string}
  | {readonly code: 'source'; readonly source: string; readonly why: string; readonly help: string}
  | {readonly code: 'too-few-gpus'; readonly needed: number; readonly found: number}
  /** `--only` was asked for, and what this stage needs is not in the cache. */
  | {readonly code: 'input-not-cached'; readonly stage: string}
  /** Without a sandbox, it wrote to the code that it and other stages run from. */
  | {readonly code: 'code-changed'}
  /** The store could not give or take bytes. */
  | {readonly code: 'store'; readonly storeCode: string; readonly subject: string; readonly why: string}
  /** A disk, wherever it is, refused something to repro itself: see disk-trouble.ts. */
  | ({readonly code: 'disk'} & DiskTrouble)
  | {readonly code: 'interrupted'}
  /** A bug in repro, caught at the one seam where stages are run. */
  | {readonly code: 'unexpected'; readonly why: string};

/** Why a stage was not even tried. */
export type SkipReason =
  | {readonly code: 'upstream-failed'; readonly stage: string}
  | {readonly code: 'stopped-after-failure'}
  | {readonly code: 'not-selected'}
  | {readonly code: 'interrupted'};

/** The same key gave other bits on the same hardware class: evidence, not an error of the store. */
export interface Nondeterminism {
  readonly stage: string;
  readonly key: Digest;
  /** `outputs.model`, `values.temperature` … */
  readonly differing: readonly string[];
  readonly recorded: Json;
  readonly found: Json;
}
