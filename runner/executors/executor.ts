/** A prepared command. Executors know nothing of caching, stores or pipelines. */
export interface Job {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Whether argv only guards the program that it starts: then a request to end is for what it guards. */
  readonly guards: boolean;
  /** Standard output and error, appended. */
  readonly log: string;
  /** In the environment of the job and of all it starts, and of no other job. */
  readonly mark: string;
}

export type JobExit =
  | {readonly how: 'exited'; readonly code: number; readonly usage: JobUsage; readonly survivors: Survivors}
  | {
      readonly how: 'signalled';
      readonly signal: number;
      readonly usage: JobUsage;
      readonly survivors: Survivors;
    }
  /** It never started: `why` says so in the system's words. */
  | {readonly how: 'not-started'; readonly why: string}
  /** The executor lost sight of it. */
  | {readonly how: 'lost'; readonly why: string};

/** `none`: no process that the job started lives any more. */
export type Survivors = 'none' | 'unknown';

export interface JobUsage {
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Two ways to be told to stop; `now` may follow `cleanly`. */
export interface StopSignals {
  readonly cleanly: AbortSignal;
  readonly now: AbortSignal;
}

export interface Executor {
  /** Resolves when the job has ended, whatever the end. Never rejects for the job's own trouble. */
  run(job: Job, stop: StopSignals): Promise<JobExit>;
  /** Ends every job at once and releases what the executor holds. */
  close(): Promise<void>;
}
