import {join} from 'node:path';
import {expect, it, onTestFinished} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {findInterpreter} from '../../environments/interpreter.ts';
import {describeExecutor} from '../../testing/describe-executor.ts';
import {processesOf} from '../../testing/processes.ts';
import {localExecutor} from './local-executor.ts';

const python = (await findInterpreter(process.env.PATH ?? ''))?.executable ?? 'python3';
const spawner = join(import.meta.dirname, 'spawner.py');
const NEVER = new AbortController().signal;
const NO_STOP = {cleanly: NEVER, now: NEVER};

describeExecutor('the local executor', () => localExecutor({python, spawner}));

/** One whose spawner can be told from others: it works where its last job did, below `token`. */
function marked() {
  const token = temporaryDirectory();
  const executor = localExecutor({python, spawner});
  onTestFinished(() => executor.close());
  const job = (script: string) => ({
    argv: ['sh', '-c', script] as const,
    environment: {PATH: '/usr/bin:/bin', TOKEN: token},
    directory: token,
    guard: undefined,
    memory: undefined,
    log: join(token, 'log'),
    mark: `TOKEN=${token}`,
  });
  const spawnerPid = () => processesOf(token).find(({words}) => words.includes('spawner.py'))?.pid ?? 0;
  return {executor, job, spawnerPid, token};
}

it('has no answer for jobs whose spawner was killed, ends them, and starts the next ones anew', async () => {
  const {executor, job, spawnerPid, token} = marked();
  expect(await executor.run(job('exit 1'), NO_STOP)).toMatchObject({how: 'exited', code: 1});
  // Killed while it has nothing to do: the next job must not wait for it.
  process.kill(spawnerPid(), 'SIGKILL');
  const after = await executor.run(job('exit 2'), NO_STOP);
  if (after.how !== 'lost') expect(after).toMatchObject({how: 'exited', code: 2});
  expect(await executor.run(job('exit 3'), NO_STOP)).toMatchObject({how: 'exited', code: 3});

  const long = executor.run(job('sleep 1000'), NO_STOP);
  while (!processesOf(token).some(({words}) => words === 'sleep 1000'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(spawnerPid(), 'SIGKILL');
  expect(await long).toMatchObject({how: 'lost'});
  while (processesOf(token).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

it('says that it lost the job when there is no Python to start it with', async () => {
  const executor = localExecutor({python: '/no/such/python', spawner});
  onTestFinished(() => executor.close());
  const directory = temporaryDirectory();
  const job = {
    argv: ['true'] as const,
    environment: {},
    directory,
    guard: undefined,
    memory: undefined,
    log: join(directory, 'log'),
    mark: 'A=b',
  };
  expect(await executor.run(job, NO_STOP)).toMatchObject({how: 'lost'});
});
