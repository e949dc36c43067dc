import {chmodSync, existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {jobBench, PYTHON} from '../../testing/job-bench.ts';

/** All that a program can see of how it was started. */
const LOOK = [
  'import os, resource, signal, sys',
  'said = {"umask": oct(os.umask(0)), "nice": os.getpriority(os.PRIO_PROCESS, 0)}',
  'said["limits"] = {n: resource.getrlimit(getattr(resource, n)) for n in sorted(dir(resource)) if n.startswith("RLIMIT_")}',
  'said["cpus"] = sorted(os.sched_getaffinity(0)) == list(range(os.cpu_count()))',
  'said["policy"] = os.sched_getscheduler(0)',
  'said["ignored"] = [l for l in open("/proc/self/status") if l[:6] in ("SigIgn", "SigBlk")]',
  'said["oom"] = open("/proc/self/oom_score_adj").read()',
  'said["personality"] = open("/proc/self/personality").read() if os.access("/proc/self/personality", 4) else ""',
  'said["open"] = sorted(int(n) for n in os.listdir("/proc/self/fd"))[:3], len(os.listdir("/proc/self/fd"))',
  'said["terminal"] = open("/proc/self/stat").read().rpartition(")")[2].split()[4]',
  'said["session"] = os.getsid(0) == os.getpid() == os.getpgrp()',
  'said["stdin"] = os.read(0, 1)',
  'said["argv0"] = sys.argv[0]',
  'print(said)',
].join('\n');

/** `python` as somebody would start it from a shell in some state. */
function python(prepare: string, start = ''): string {
  const path = join(temporaryDirectory(), 'python');
  writeFileSync(path, `#!/bin/bash\n${prepare}\nexec ${start} ${PYTHON} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function seenFrom(prepare: string, start = ''): Promise<readonly string[]> {
  const bench = jobBench({python: python(prepare, start)});
  expect(await bench.python(`import sys; sys.argv = ["-c"]\n${LOOK}`)).toMatchObject({code: 0});
  return [bench.text(), ...bench.warnings];
}

const SHELLS: Readonly<Record<string, readonly [prepare: string, start?: string]>> = {
  'with another umask': ['umask 077'],
  'with a umask that takes everything': ['umask 0777'],
  'with low soft limits': ['ulimit -S -n 100; ulimit -S -s 1024; ulimit -S -u 500; ulimit -S -l 16'],
  'with limits on data and files': [
    'ulimit -S -d 4000000; ulimit -S -f 100; ulimit -S -v 8000000; ulimit -S -t 900',
  ],
  'with core dumps': ['ulimit -S -c unlimited'],
  'with no hang-ups': ['trap "" HUP PIPE USR1 TERM QUIT', 'nohup'],
  'with one processor': ['true', 'taskset -c 0'],
  'with files open': ['exec 7</etc/passwd 9</dev/null 33</'],
  'in another place': ['cd /; export FOO=bar LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo'],
  'as a batch job': ['true', 'chrt --batch 0'],
  'with addresses that are not random': ['true', 'setarch -R'],
};

it.each(Object.entries(SHELLS))('are the same for a stage whose user started repro %s', async (_, how) => {
  expect(await seenFrom(...how)).toEqual(await seenFrom('true'));
});

it('are these', async () => {
  const [text = ''] = await seenFrom('true');
  expect(text).toContain("'umask': '0o22', 'nice': 0");
  expect(text).toContain("'RLIMIT_CORE': (0, 0)");
  expect(text).toContain("'RLIMIT_NOFILE': (16384, 16384)");
  expect(text).toContain("'cpus': True, 'policy': 0");
  expect(text).toMatch(/'oom': '500\\n'/);
  expect(text).toContain("'terminal': '0', 'session': True, 'stdin': b''");
});

it('are these also when the user is niced, where he may take it back', async (context) => {
  context.skip(process.getuid?.() !== 0, 'NOT TESTED: only root may take a niceness back');
  expect(await seenFrom('true', 'nice -n 7')).toEqual(await seenFrom('true'));
});

it('say what can not be taken back: a hard limit', async () => {
  const [, ...warnings] = await seenFrom('ulimit -n 512');
  const mayRaise = warnings.length === 0;
  if (!mayRaise)
    expect(warnings).toEqual([
      'the limit of the shell on open files (512) can’t be raised, so stages run with it: see ulimit'.replace(
        '’',
        "'",
      ),
    ]);
});

it('would be noticed, were they not the same', async () => {
  expect(existsSync('/proc/self/oom_score_adj')).toBe(true);
  const bench = jobBench();
  await bench.shell(`umask 027; ulimit -S -n 99; exec ${PYTHON} -I -S -c '${LOOK.replaceAll("'", '"')}'`);
  expect(bench.text()).toContain("'umask': '0o27'");
});
