import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import type {Executor, Job, JobExit} from '../executors/executor.ts';
import {processesOf} from './processes.ts';

const NEVER = new AbortController().signal;
const NO_STOP = {cleanly: NEVER, now: NEVER};

/** An executor, and a folder in which its jobs may work and leave logs. */
class Bench {
  readonly executor: Executor;
  readonly directory = temporaryDirectory();
  readonly log = join(this.directory, 'log');
  #jobs = 0;

  constructor(open: () => Executor) {
    this.executor = open();
    onTestFinished(() => this.executor.close());
  }

  job(argv: readonly [string, ...string[]], some: Partial<Job> = {}): Job {
    const mark = `MARK=${this.directory}-${++this.#jobs}`;
    const [name = '', value = ''] = mark.split('=');
    const environment = {PATH: '/usr/bin:/bin', [name]: value, ...some.environment};
    return {argv, directory: this.directory, guards: false, log: this.log, mark, ...some, environment};
  }

  run(argv: readonly [string, ...string[]], some: Partial<Job> = {}, stop = NO_STOP): Promise<JobExit> {
    return this.executor.run(this.job(argv, some), stop);
  }

  shell(script: string, stop = NO_STOP): Promise<JobExit> {
    return this.run(['sh', '-c', script], {}, stop);
  }

  /** Resolves when a job has written this to the log. */
  async printed(text: string): Promise<void> {
    while (!this.text().includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  text(): string {
    try {
      return readFileSync(this.log, 'utf8');
    } catch {
      return '';
    }
  }
}

/** What every executor promises. */
export function describeExecutor(name: string, open: () => Executor): void {
  describe(name, () => {
    it('tells how a job ended, and what it used', async () => {
      const bench = new Bench(open);
      expect(await bench.shell('exit 0')).toMatchObject({how: 'exited', code: 0});
      expect(await bench.shell('exit 75')).toMatchObject({how: 'exited', code: 75});
      expect(await bench.shell('kill -9 $$')).toMatchObject({how: 'signalled', signal: 9});
      const usage = {cpuSeconds: expect.any(Number), peakBytes: expect.any(Number)};
      expect(await bench.shell('true')).toMatchObject({how: 'exited', usage});
    });

    it('says of a job that can not start that it did not, and why', async () => {
      const bench = new Bench(open);
      const exits = [
        await bench.run(['no-such-program']),
        await bench.run(['/no/such/program']),
        await bench.run([bench.directory]),
        await bench.run(['true'], {directory: join(bench.directory, 'no-such-folder')}),
        await bench.run(['true'], {log: join(bench.directory, 'no-such-folder', 'log')}),
      ];
      expect(exits.map(({how}) => how)).toEqual(exits.map(() => 'not-started'));
      expect(exits[0]).toMatchObject({why: expect.stringContaining('No such file or directory')});
      expect(await bench.shell('exit 3')).toMatchObject({how: 'exited', code: 3});
    });

    it('gives it exactly its environment, its directory, and nothing to read', async () => {
      const bench = new Bench(open);
      await bench.shell('env | sort; pwd; cat; echo end');
      const lines = bench.text().replaceAll(bench.directory, '<dir>');
      expect(lines).toBe('MARK=<dir>-1\nPATH=/usr/bin:/bin\nPWD=<dir>\n<dir>\nend\n');
    });

    it('finds its program where the job itself would', async () => {
      const bench = new Bench(open);
      await bench.shell('printf "#!/bin/sh\\necho mine" > true; chmod 755 true');
      await bench.run(['true'], {environment: {PATH: `/nowhere:${bench.directory}:/usr/bin:/bin`}});
      expect(bench.text()).toBe('mine\n');
    });

    it('keeps what it prints, on both streams and in order, after what is there', async () => {
      const bench = new Bench(open);
      await bench.shell('echo one; echo two >&2');
      await bench.shell('echo three');
      expect(bench.text()).toBe('one\ntwo\nthree\n');
    });

    it('passes words and variables on as they are, whatever is in them', async () => {
      const bench = new Bench(open);
      const words = fc
        .string({unit: 'binary', maxLength: 20})
        .map((text) => text.replaceAll('\0', '').toWellFormed());
      let at = 0;
      await fc.assert(
        fc.asyncProperty(words, words, words, async (one, two, value) => {
          const log = join(bench.directory, `words-${++at}`);
          const argv = ['sh', '-c', 'printf "%s|" "$@" "$VALUE"', 'sh', one, two] as const;
          await bench.run(argv, {environment: {VALUE: value}, log});
          expect(readFileSync(log, 'utf8')).toBe(`${one}|${two}|${value}|`);
        }),
        {
          numRuns: 60,
          examples: [
            ['$(id)', '`id`; \n"\'\\', '-e'],
            ['', '*', '~'],
          ],
        },
      );
    });

    it('runs many at the same time', async () => {
      const bench = new Bench(open);
      // Each waits for all the others: one after the other they would never end.
      const script = 'mkdir here/$1; while [ $(ls here | wc -l) -lt 20 ]; do sleep 0.02; done; exit $1';
      mkdirSync(join(bench.directory, 'here'));
      const numbers = Array.from({length: 20}, (_, i) => i);
      const exits = await Promise.all(numbers.map((i) => bench.run(['sh', '-c', script, 'sh', String(i)])));
      expect(exits.map((exit) => (exit.how === 'exited' ? exit.code : exit))).toEqual(numbers);
    });

    it('asks a job to end, and lets it', async () => {
      const bench = new Bench(open);
      const stop = new AbortController();
      const exit = bench.shell('trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.02; done', {
        ...NO_STOP,
        cleanly: stop.signal,
      });
      await bench.printed('ready');
      stop.abort();
      expect(await exit).toMatchObject({how: 'exited', code: 5});
      expect(bench.text()).toContain('bye');
    });

    it('ends one at once that will not listen', async () => {
      const bench = new Bench(open);
      const [cleanly, now] = [new AbortController(), new AbortController()];
      const exit = bench.shell('trap "" TERM INT; echo ready; while :; do sleep 0.02; done', {
        cleanly: cleanly.signal,
        now: now.signal,
      });
      await bench.printed('ready');
      cleanly.abort();
      now.abort();
      expect(await exit).toMatchObject({how: 'signalled', signal: 9});
    });

    it('ends one that was to be ended before it began', async () => {
      const bench = new Bench(open);
      const aborted = AbortSignal.abort();
      expect(await bench.shell('sleep 1000', {cleanly: aborted, now: aborted})).toMatchObject({
        how: 'signalled',
      });
    });

    it('leaves nothing running of a job that has ended, also in a session of its own', async () => {
      const bench = new Bench(open);
      // Each says that it is up and away before the job ends.
      const away = (name: string) => `sh -c ': > ${name}; sleep 1000 & sleep 1001'`;
      const exit = await bench.shell(
        `sleep 1002 & setsid -f ${away('a')}; setsid ${away('b')} & ` +
          'while [ ! -e a ] || [ ! -e b ]; do sleep 0.01; done; exit 4',
      );
      expect(exit).toMatchObject({how: 'exited', code: 4, survivors: 'none'});
      expect(processesOf(bench.directory).filter(({words}) => words.includes('sleep'))).toEqual([]);
    });

    it('ends all when it is closed', async () => {
      const bench = new Bench(open);
      const exits = [bench.shell('echo a; sleep 1000'), bench.shell('echo b; sleep 1000')];
      await Promise.all([bench.printed('a'), bench.printed('b')]);
      await bench.executor.close();
      const ended = await Promise.all(exits);
      expect(ended.map(({how}) => how)).not.toContain('exited');
      expect(processesOf(bench.directory)).toEqual([]);
    });
  });
}
