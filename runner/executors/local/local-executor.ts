import {kill} from 'node:process';
import {createInterface} from 'node:readline';
import {execa} from 'execa';
import type {Executor, Job, JobExit, StopSignals} from '../executor.ts';
import type {GroupHome} from './control-groups.ts';

/** Between a request to end and the order to. */
const GRACE_MS = 10_000;
const SIGTERM = 15;
const SIGKILL = 9;

/** Far more than a stage computes with, and few enough for the machine to bear; the report says it too. */
const MOST_TASKS = 4096;

interface Waiting {
  /** Of its process group, once it has started. */
  group?: number;
  readonly resolve: (exit: JobExit) => void;
}

export interface LocalOptions {
  /** Any Python 3.11 or newer; it needs no packages. */
  readonly python: string;
  readonly spawner: string;
  /** Where the kernel lets us limit memory and processes; empty where it doesn't. */
  readonly groups?: readonly GroupHome[];
  /** Processes and threads that one job may have. */
  readonly tasks?: number;
  /** What of a stage's surroundings could not be made the same as everywhere. */
  readonly warn?: (message: string) => void;
}

/** Runs jobs on this machine through `spawner.py`, which is started with the first job. */
export function localExecutor(options: LocalOptions): Executor {
  let spawner: Spawner | undefined;
  return {
    run(job, stop) {
      // One that ended unexpectedly takes its jobs along; the next job gets a new one, not no answer.
      spawner ??= startSpawner(options, () => {
        spawner = undefined;
      });
      return spawner.run(job, stop);
    },
    async close() {
      await spawner?.close();
    },
  };
}

interface Spawner {
  run(job: Job, stop: StopSignals): Promise<JobExit>;
  close(): Promise<void>;
}

function startSpawner(
  {python, spawner, groups = [], tasks = MOST_TASKS, warn}: LocalOptions,
  onEnd: () => void,
): Spawner {
  // Detached: a Ctrl-C at the terminal is for the runner, which then decides what to end, and how.
  const child = execa(python, ['-S', '-E', '-s', spawner, JSON.stringify({groups, tasks})], {
    detached: true,
    cleanup: false,
    extendEnv: false,
    env: {PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8'},
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let trouble = '';
  child.stderr.on('data', (bytes: Buffer) => {
    trouble = (trouble + bytes.toString()).slice(-2000);
  });
  child.stdin.on('error', () => undefined); // The exit below tells.
  createInterface({input: child.stdout}).on('line', (line) => takeReply(line, waiting, warn));
  child.finally(() => {
    onEnd();
    for (const {resolve, group} of waiting.values()) {
      if (group !== undefined) killGroup(group);
      resolve({how: 'lost', why: `the process that starts stages ended unexpectedly. ${trouble}`.trim()});
    }
    waiting.clear();
  });
  const send = (order: object) => child.stdin.write(`${JSON.stringify(order)}\n`);

  return {
    run(job, stop) {
      const id = ++last;
      return new Promise<JobExit>((resolve) => {
        const {argv, environment: env, directory: cwd, log, mark, memory = null} = job;
        const guard = job.guard === undefined ? null : {filter: job.guard.filter ?? null};
        send({id, argv, env, cwd, log, guard, mark, memory});
        const ending = endWhenAborted(stop, (number) => send({kill: id, signal: number}));
        waiting.set(id, {
          resolve(exit) {
            ending.forget();
            resolve(exit);
          },
        });
      });
    },
    async close() {
      child.stdin.end();
      await child;
    },
  };
}

function takeReply(line: string, waiting: Map<number, Waiting>, warn: LocalOptions['warn']): void {
  const answer = JSON.parse(line) as SpawnerAnswer;
  if ('warning' in answer) {
    warn?.(answer.warning);
    return;
  }
  const job = waiting.get(answer.id);
  if ('pid' in answer) {
    if (job !== undefined) job.group = answer.pid;
    return;
  }
  waiting.delete(answer.id);
  job?.resolve(exitOf(answer));
}

/** What the spawner would have done, had it lived. */
function killGroup(group: number): void {
  try {
    kill(-group, SIGKILL);
  } catch {
    // It has ended already.
  }
}

type SpawnerAnswer =
  | {readonly warning: string}
  | {readonly id: number; readonly pid: number}
  | {readonly id: number; readonly error: string}
  | {
      readonly id: number;
      readonly code: number;
      readonly signal: number;
      readonly cpu: number;
      readonly peak: number;
      readonly alone: boolean;
      readonly met: 'memory' | 'processes' | null;
      readonly full: boolean;
      readonly watched: boolean;
    };

function exitOf(answer: Exclude<SpawnerAnswer, {pid: number} | {warning: string}>): JobExit {
  if ('error' in answer) return {how: 'not-started', why: answer.error};
  const usage = {cpuSeconds: answer.cpu, peakBytes: answer.peak};
  const survivors = answer.alone ? 'none' : 'unknown';
  const limits = {met: answer.met ?? undefined, machineFull: answer.full, watched: answer.watched};
  return answer.signal > 0
    ? {how: 'signalled', signal: answer.signal, usage, survivors, limits}
    : {how: 'exited', code: answer.code, usage, survivors, limits};
}

/** `SIGTERM` when asked to end, `SIGKILL` after the grace period or when asked to end now. */
function endWhenAborted(stop: StopSignals, kill: (signal: number) => void): {forget(): void} {
  let timer: NodeJS.Timeout | undefined;
  const now = () => kill(SIGKILL);
  const cleanly = () => {
    kill(SIGTERM);
    timer = setTimeout(now, GRACE_MS);
  };
  onAbort(stop.cleanly, cleanly);
  onAbort(stop.now, now);
  return {
    forget() {
      clearTimeout(timer);
      stop.cleanly.removeEventListener('abort', cleanly);
      stop.now.removeEventListener('abort', now);
    },
  };
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, {once: true});
}
