import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {findInterpreter} from '../environments/interpreter.ts';
import type {Job, JobExit} from '../executors/executor.ts';
import {type LocalOptions, localExecutor} from '../executors/local/local-executor.ts';

const NEVER = new AbortController().signal;
const NO_STOP = {cleanly: NEVER, now: NEVER};

export const PYTHON = (await findInterpreter(process.env.PATH ?? ''))?.executable ?? 'python3';
const SPAWNER = join(import.meta.dirname, '..', 'executors', 'local', 'spawner.py');

/** A local executor, and a folder in which its jobs work and leave their log. */
export function jobBench(options: Partial<LocalOptions> = {}) {
  const directory = temporaryDirectory();
  const warnings: string[] = [];
  const executor = localExecutor({
    python: PYTHON,
    spawner: SPAWNER,
    warn: (message) => warnings.push(message),
    ...options,
  });
  onTestFinished(() => executor.close());
  const log = join(directory, 'log');
  const job = (argv: Job['argv'], some: Partial<Job>): Job => ({
    argv,
    environment: {PATH: '/usr/bin:/bin', MARK: directory},
    directory,
    guard: undefined,
    memory: undefined,
    log,
    mark: `MARK=${directory}`,
    ...some,
  });
  return {
    executor,
    directory,
    warnings,
    log,
    text: () => readFileSync(log, 'latin1'),
    shell: (script: string, some: Partial<Job> = {}, stop = NO_STOP): Promise<JobExit> =>
      executor.run(job(['bash', '-c', script], some), stop),
    python: (script: string, some: Partial<Job> = {}, stop = NO_STOP): Promise<JobExit> =>
      executor.run(job([PYTHON, '-I', '-S', '-c', script], some), stop),
  };
}
