import {mkdirSync, statSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {jobBench} from '../../testing/job-bench.ts';

const MIB = 2 ** 20;

it('is kept with its beginning and its end when it is very long, and says how much is left out', async () => {
  const bench = jobBench();
  const flood =
    'import os\nfor i in range(80): os.write(1, bytes([65 + i % 26]) * (1 << 20))\nos.write(2, b"the reason\\n")';
  expect(await bench.python(flood)).toMatchObject({how: 'exited', code: 0});
  const text = bench.text();
  const left = 80 * MIB + 11 - 65 * MIB;
  const notice = `\n[repro left out ${left} bytes here: of a log the first 64 MiB and the last 1 MiB are kept]\n`;
  expect(text.slice(64 * MIB, 64 * MIB + notice.length)).toBe(notice);
  expect(text.slice(0, 5)).toBe('AAAAA');
  expect(text.endsWith('Bthe reason\n')).toBe(true);
  expect(text).toHaveLength(65 * MIB + notice.length);
});

it('is whole up to its limit, and says nothing then', async () => {
  const bench = jobBench();
  await bench.python('import os\nfor i in range(65): os.write(1, b"x" * (1 << 20))');
  expect(bench.text()).toBe('x'.repeat(65 * MIB));
});

it('keeps any bytes as they are, with or without lines', async () => {
  const bench = jobBench();
  await bench.python('import os\nos.write(1, bytes(range(256)) * 3000)');
  const all = Buffer.from(Array.from({length: 256}, (_, i) => i)).toString('latin1');
  expect(bench.text()).toBe(all.repeat(3000));
});

/** What a program may try with its own output. Each says what came of it. */
const ATTACKS: Readonly<Record<string, string>> = {
  'make it a program of the user': 'os.fchmod(1, 0o6777)',
  'give it away': 'os.fchown(1, 12345, 12345)',
  'cut it': 'os.ftruncate(1, 0)',
  'go back in it': 'os.lseek(1, 0, 0)',
  'open it again and write over it': 'os.pwrite(os.open("/proc/self/fd/1", os.O_WRONLY), b"OVER", 0)',
  'open it again and cut it': 'os.close(os.open("/dev/stdout", os.O_WRONLY | os.O_TRUNC))',
  'mark it': 'os.setxattr(1, "user.x", b"y")',
  'stretch its times': 'os.utime(1, (0, 0))',
  'link to it': 'os.link("/proc/self/fd/1", "linked", follow_symlinks=True)',
  'lock it': 'fcntl.flock(1, fcntl.LOCK_EX)',
};

it.each(Object.entries(ATTACKS))('belongs to us: a stage may try to %s', async (_, attack) => {
  const bench = jobBench();
  const script = `import fcntl, os\nos.write(1, b"first\\n")\ntry:\n  ${attack}\nexcept OSError: pass\nos.write(1, b"last\\n")`;
  expect(await bench.python(script)).toMatchObject({how: 'exited', code: 0});
  expect(bench.text()).toBe('first\nlast\n');
  const {mode, uid, mtimeMs} = statSync(bench.log);
  expect([mode & 0o7777, uid]).toEqual([0o644, process.getuid?.()]);
  expect(mtimeMs).toBeGreaterThan(1e12);
});

it('is not opened where somebody put a link', async () => {
  const bench = jobBench();
  symlinkSync(join(bench.directory, 'elsewhere'), bench.log);
  expect(await bench.shell('echo x')).toMatchObject({how: 'not-started'});
});

it('ends with its job, although a process that hides holds it open', async () => {
  const bench = jobBench();
  // Without the mark, in a session of its own: nobody finds it. It ends with its input.
  const exit = await bench.python(
    [
      'import os, time',
      'r, w = os.pipe()',
      'if os.fork() == 0:',
      '  os.setsid()',
      '  os.close(r)',
      '  os.execve("/bin/sh", ["sh", "-c", "sleep 0.2; echo late; while echo again; do sleep 0.05; done"], {"PATH": "/bin:/usr/bin"})',
      'os.close(w)',
      'os.read(r, 1)',
      'os.write(1, b"done\\n")',
    ].join('\n'),
  );
  expect(exit).toMatchObject({how: 'exited', code: 0});
  expect(bench.text()).toBe('done\n');
});

it('never holds up its job: a log that can not be written loses words, and says so', async () => {
  const bench = jobBench();
  const exit = await bench.python('import os\nfor i in range(20): os.write(1, b"x" * (1 << 20))', {
    log: '/dev/full',
  });
  expect(exit).toMatchObject({how: 'exited', code: 0});
  expect(bench.warnings).toEqual(['the log /dev/full is not whole: No space left on device']);
});

it('is each job’s own when many write at the same time', async () => {
  const bench = jobBench();
  mkdirSync(join(bench.directory, 'logs'));
  const numbers = Array.from({length: 12}, (_, i) => i);
  const logs = numbers.map((i) => join(bench.directory, 'logs', String(i)));
  await Promise.all(
    numbers.map((i) =>
      bench.python(`import os\nfor _ in range(300): os.write(1, b"${i % 10}" * 9999)`, {log: logs[i] ?? ''}),
    ),
  );
  expect(logs.map((log) => statSync(log).size)).toEqual(numbers.map(() => 300 * 9999));
});

it('takes no word of a job that closed its streams for its end', async () => {
  const bench = jobBench();
  const exit = await bench.python('import os, time\nos.closerange(0, 1000)\ntime.sleep(0.3)\nos._exit(7)');
  expect(exit).toMatchObject({how: 'exited', code: 7});
});
