import type {Question} from '../../no-op-memo/no-op-memo.ts';
import type {TextSink} from '../../report/reporter.ts';

/**
 * All that a command may know of the process and the machine it runs in. Made in reproduce.ts, the only
 * file that touches `process`; made up in tests.
 */
export interface World {
  /** The working directory. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where repro itself is installed: `stages/` lies in it. */
  readonly installation: string;
  /** Set while a stranger's pipeline is run: where the stages are that came with it, if any did. */
  readonly stranger?: {readonly stages: string | undefined};
  readonly version: string;
  /** The files that repro itself is run from. */
  readonly installed: readonly string[];
  /** What was asked, for remembering that nothing was left to do. */
  readonly question: Question;
  readonly machine: MachineSize;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly out: TextSink;
  readonly err: TextSink;
  /** `<boot>.<pid>.<start>`: names what this process leaves on disk while it lives. */
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  /** Calls back at every Ctrl-C, SIGTERM or SIGUSR1, with how many there were. The answer stops it. */
  readonly onInterrupt: (listener: (count: number, signal: string) => void) => () => void;
}

export interface MachineSize {
  readonly architecture: string;
  readonly libc: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}
