import {readdirSync, readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {jobBench, PYTHON} from '../../testing/job-bench.ts';
import {needsBubblewrap} from '../../testing/needs-bubblewrap.ts';
import {processesOf} from '../../testing/processes.ts';
import type {Job} from '../executor.ts';
import {findControlGroups, type GroupHome} from './control-groups.ts';

const MIB = 2 ** 20;
const TAKE = (mib: number) => `b = bytearray(${mib} << 20)\nfor i in range(0, len(b), 4096): b[i] = 1\n`;
const WAIT = 'import time\ntime.sleep(600)\n';

const here = findControlGroups();
const MEANS: readonly (readonly [string, readonly GroupHome[]])[] = [
  ['by looking', []],
  ['by control groups', here],
];

describe.each(MEANS)('memory is limited %s', (means, groups) => {
  const watched = means === 'by looking';

  it('and what goes beyond ends', async (context) => {
    context.skip(!watched && here.length === 0, 'NOT TESTED: no control group of this machine is ours');
    const bench = jobBench({groups});
    const exit = await bench.python(TAKE(300) + WAIT, {memory: 100 * MIB});
    expect(exit).toMatchObject({how: 'signalled', signal: 9, limits: {met: 'memory', watched}});
    expect(leftOf(groups)).toEqual([]);
  });

  it('also when many take it together', async (context) => {
    context.skip(!watched && here.length === 0, 'NOT TESTED: no control group of this machine is ours');
    const bench = jobBench({groups});
    const many = `import os, sys\nfor _ in range(5):\n  if os.fork() == 0:\n    ${TAKE(40).replaceAll('\n', '\n    ')}\n    import time; time.sleep(600)\n`;
    const ends = 'for _ in range(5): os.wait()[1] == 0 or sys.exit(9)\n';
    const exit = await bench.python(many + ends, {memory: 100 * MIB});
    expect(exit).toMatchObject({limits: {met: 'memory'}});
    expect(processesOf(bench.directory).filter(({words}) => words.includes('bytearray'))).toHaveLength(0);
  });

  it('and what stays below does not', async (context) => {
    context.skip(!watched && here.length === 0, 'NOT TESTED: no control group of this machine is ours');
    const bench = jobBench({groups});
    const exit = await bench.python(`${TAKE(40)}import time\ntime.sleep(0.6)`, {memory: 100 * MIB});
    expect(exit).toMatchObject({how: 'exited', code: 0, limits: {met: undefined, watched}});
  });
});

/** In a sandbox's own /tmp and /dev/shm, as runner/sandbox mounts them. */
function confined(script: string): Partial<Job> {
  const mounts = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'];
  const argv = [
    'bwrap',
    '--unshare-all',
    '--new-session',
    ...mounts,
    '--json-status-fd',
    '4',
    '--',
    PYTHON,
    '-c',
    script,
  ] as const;
  return {argv: [...argv], guard: {filter: undefined}, memory: 100 * MIB};
}

it.for(['/tmp/x', '/dev/shm/x', '/dev/x'])(
  'by looking, files in memory are memory: %s',
  async (file, context) => {
    needsBubblewrap(context);
    const bench = jobBench({groups: []});
    const keep = (mib: number) =>
      `f = open("${file}", "wb")\nfor _ in range(${mib}): f.write(bytes(1 << 20))\n`;
    const exit = await bench.shell('', confined(keep(300) + WAIT));
    expect(exit).toMatchObject({how: 'signalled', signal: 9, limits: {met: 'memory', watched: true}});
    // What is mapped besides is not counted twice.
    const mapped = `${keep(60)}import mmap, time\nf = open("${file}", "rb")\nm = mmap.mmap(f.fileno(), 0, prot=1)\nsum(m[::4096])\ntime.sleep(0.8)`;
    expect(await bench.shell('', confined(mapped))).toMatchObject({how: 'exited', code: 0});
  },
);

it('memory that processes share is counted once', async () => {
  const bench = jobBench({groups: []});
  const share = `${TAKE(60)}import os, time\nfor _ in range(4):\n  if os.fork() == 0: time.sleep(1.5); os._exit(0)\nfor _ in range(4): os.wait()`;
  expect(await bench.python(share, {memory: 150 * MIB})).toMatchObject({how: 'exited', code: 0});
});

it('what was used is said of all processes, and not what the starting process weighs', async () => {
  const bench = jobBench();
  const small = await bench.shell('kill -9 $$');
  expect(small).toMatchObject({how: 'signalled', usage: {peakBytes: 0}});
  const large = await bench.python(`${TAKE(200)}import os\nos.kill(os.getpid(), 9)`);
  if (large.how !== 'signalled') throw new Error(large.how);
  expect(large.usage.peakBytes).toBeGreaterThan(200 * MIB);
  expect(large.usage.peakBytes).toBeLessThan(260 * MIB);
});

/**
 * More than a stage may have, each in its own way. All must end, and all that they started. The limit is a low one: what
 * this shows does not depend on how many they are, and the machine is not only ours.
 */
const BOMBS: Readonly<Record<string, string>> = {
  'processes without end':
    'import os, time\nwhile True:\n  try: os.fork()\n  except OSError: pass\n  time.sleep(0.01)',
  'threads without end':
    'import threading, time\nthreading.stack_size(65536)\nwhile True:\n  try: threading.Thread(target=time.sleep, args=(600,)).start()\n  except RuntimeError: time.sleep(0.01)',
  'processes in sessions of their own':
    'import os, time\nwhile True:\n  try:\n    if os.fork() == 0: os.setsid()\n  except OSError: pass\n  time.sleep(0.01)',
};

it.each(Object.entries(BOMBS))(
  '%s are ended',
  async (_, bomb) => {
    const bench = jobBench({groups: here, tasks: 100});
    const exit = await bench.python(bomb);
    expect(exit).toMatchObject({how: 'signalled', signal: 9, limits: {met: 'processes'}});
    expect(await bench.shell('echo on')).toMatchObject({how: 'exited', code: 0});
  },
  120_000,
);

/** Orderly ends: [program, signals to send, what it ends with]. */
const STUBBORN: Readonly<Record<string, string>> = {
  'has stopped itself': 'import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)',
  'does not listen':
    'import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nimport time\ntime.sleep(600)',
  'has blocked every signal':
    'import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\ntime.sleep(600)',
  'has left its group':
    'import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(600)\ntime.sleep(600)',
  'has closed everything': 'import os, time\nos.closerange(0, 1000)\ntime.sleep(600)',
};

it.each(Object.entries(STUBBORN))('a job that %s ends when it must', async (_, program) => {
  const bench = jobBench();
  const [cleanly, now] = [new AbortController(), new AbortController()];
  const exit = bench.python(program, {}, {cleanly: cleanly.signal, now: now.signal});
  while (!processesOf(bench.directory).some(({words}) => words.includes('import')))
    await new Promise((resolve) => setTimeout(resolve, 10));
  cleanly.abort();
  now.abort();
  expect(['signalled', 'exited']).toContain((await exit).how);
  expect(processesOf(bench.directory).filter(({words}) => words.includes('import'))).toEqual([]);
});

it('a job that kills its own group has ended', async () => {
  const bench = jobBench();
  expect(await bench.shell('sleep 600 & kill -9 0')).toMatchObject({how: 'signalled', signal: 9});
});

it('what a guard guards ends with the executor, though it does not die with its guard', async (context) => {
  needsBubblewrap(context);
  const bench = jobBench();
  const {argv, guard} = confined(WAIT);
  // As the sandbox's: a mark is in the program's environment alone.
  const environment = {PATH: '/usr/bin:/bin'};
  const exit = bench.shell('', {
    argv: [...(argv ?? [PYTHON]), bench.directory] as const as Job['argv'],
    guard,
    environment,
  });
  while (!processesOf(bench.directory).some(({words}) => words.startsWith(PYTHON)))
    await new Promise((resolve) => setTimeout(resolve, 10));
  await bench.executor.close();
  await exit;
  expect(processesOf(bench.directory)).toEqual([]);
});

/** Of spawners that this process started: others may run on this machine. */
function leftOf(groups: readonly GroupHome[]): readonly string[] {
  return groups.flatMap(({base}) =>
    readdirSync(base).filter((name) => {
      const spawner = /^repro-(\d+)-(?!1$)/.exec(name)?.[1];
      return spawner !== undefined && parentOf(spawner) === process.pid;
    }),
  );
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
