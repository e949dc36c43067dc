/** A prepared command. Executors know nothing of caching, stores or pipelines. */
export interface Job {
  readonly argv: readonly [string, ...string[]];
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** That argv only guards the program that it starts: then a request to end is for what it guards. */
  readonly guard: SandboxGuard | undefined;
  /** Bytes that it and all it starts may use together. */
  readonly memory: number | undefined;
  /** Standard output and error, appended: its beginning and its end, when it is very long. */
  readonly log: string;
  /** In the environment of the job and of all it starts, and of no other job. */
  readonly mark: string;
}

/** Bubblewrap, or what speaks like it. */
export interface SandboxGuard {
  /** The system calls that what it guards may make, as the kernel reads it; in base64. */
  readonly filter: string | undefined;
}

export type JobExit =
  | ({readonly how: 'exited'; readonly code: number} & Ended)
  | ({readonly how: 'signalled'; readonly signal: number} & Ended)
  /** It never started: `why` says so in the system's words. */
  | {readonly how: 'not-started'; readonly why: string}
  /** The executor lost sight of it. */
  | {readonly how: 'lost'; readonly why: string};

interface Ended {
  readonly usage: JobUsage;
  readonly survivors: Survivors;
  readonly limits: MetLimits;
}

export interface MetLimits {
  /** Its own, which it ran into. */
  readonly met: 'memory' | 'processes' | undefined;
  /** The kernel killed for want of memory while it ran: the machine's, not its own. */
  readonly machineFull: boolean;
  /** Memory was looked at now and then: this machine gives no means to limit it. */
  readonly watched: boolean;
}

/** `none`: no process that the job started lives any more. */
type Survivors = 'none' | 'unknown';

interface JobUsage {
  readonly cpuSeconds: number;
  /** Resident, of the largest process or of all together, as far as was seen; 0 where that is not known. */
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
