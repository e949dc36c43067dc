import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {openStore} from '../open/open-store.ts';
import {judgeStore} from '../testing/judge-store.ts';
import {
  bundleFaultWriter,
  type FaultWriterOptions,
  type Launch,
  type Outcome,
  runFaultWriter,
} from '../testing/run-fault-writer.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';

/**
 * Each test counts what it injected, since a fault test that injects nothing passes; and has a control
 * that must go red. REPRO_FAULTS=20 makes them twenty times as long.
 */
const SCALE = Number(process.env.REPRO_FAULTS ?? 1);
const KILLS = 20 * SCALE;

let bundle = '';
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'repro-fault-writer-'));
  bundle = await bundleFaultWriter(folder);
  return () => rmSync(folder, {recursive: true, force: true});
});

describe('killed at any moment, the store', () => {
  it(`holds no wrong object and loses nothing it promised (${KILLS} kills of two writers)`, async (ctx) => {
    const directory = join(temporaryDirectory(), 'store');
    const outcomes = await killLoop(directory, 'store', KILLS);
    const judgement = await judgeStore(directory, outcomes);
    const killed = outcomes.filter((outcome) => outcome.signal === 'SIGKILL').length;
    await ctx.annotate(
      `${killed} killed, ${judgement.objects} objects, ${judgement.leftovers} temporary files left`,
    );
    expect(killed).toBeGreaterThan(KILLS);
    expect(outcomes.flatMap((outcome) => outcome.acked).length).toBeGreaterThan(KILLS);
    expect(judgement).toMatchObject({findings: [], lost: [], leftoversAfterRecovery: 0});
    // The next one goes on where they were, and needs no unlock.
    const next = await run({...aWriter(directory), rounds: 10});
    expect(next).toMatchObject({finished: true, failures: []});
    expect(next.receipts).toHaveLength(10);
  }, 600_000);

  it('control: a writer that writes in place is caught', async (ctx) => {
    const directory = join(temporaryDirectory(), 'store');
    const outcomes = await killLoop(directory, 'in place', 10);
    const {findings} = await judgeStore(directory, outcomes);
    await ctx.annotate(`control: ${findings.length} wrong objects`);
    expect(findings.length).toBeGreaterThan(0);
  }, 120_000);
});

async function killLoop(directory: string, protocol: 'store' | 'in place', kills: number) {
  const outcomes: Outcome[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const writers = [1, 2].map((seed) => {
      const options = {...aWriter(directory), seed: kill * 2 + seed, rounds: 10_000, protocol};
      // Spread over three rounds and over the milliseconds of each step: the same moments every time.
      return run(options, {kill: {lines: 1 + ((kill + seed) % 12), milliseconds: (kill * 7 + seed) % 5}});
    });
    outcomes.push(...(await Promise.all(writers)));
  }
  return outcomes;
}

describe('killed at a system call', () => {
  const calls = ['fsync', 'link', 'unlink', 'mkdir'];
  for (const call of calls) {
    it(`(${call}), the store is as good as before`, async (ctx) => {
      if (!hasStrace()) ctx.skip('strace is not installed: no system call can be chosen to be killed at');
      const folder = temporaryDirectory();
      const directory = join(folder, 'store');
      const outcomes: Outcome[] = [];
      // Every second call in the short run, every one in the long, until a run gets by without a kill.
      for (let at = 1; at < 200; at += SCALE > 1 ? 1 : 2) {
        const inject = `${call}:signal=SIGKILL:when=${at}`;
        const wrap = [
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          `trace=${call}`,
          '-e',
          `inject=${inject}`,
        ];
        const fresh = {...aWriter(directory), seed: at, rounds: 2};
        const outcome = await run(fresh, {wrap});
        outcomes.push(outcome);
        if (outcome.finished) break;
      }
      const killed = outcomes.filter((outcome) => !outcome.finished).length;
      const judgement = await judgeStore(directory, outcomes);
      await ctx.annotate(`${call}: ${killed} kills, ${judgement.objects} objects`);
      expect(killed).toBeGreaterThan(0);
      expect(outcomes.at(-1)).toMatchObject({finished: true, failures: []});
      expect(judgement).toMatchObject({findings: [], lost: [], leftoversAfterRecovery: 0});
    }, 600_000);
  }
});

describe('refused by the system', () => {
  const faults = [
    'fsync:error=EIO:when=7+9',
    'link:error=ENOSPC:when=3+5',
    'link:error=EDQUOT:when=2+3',
    'unlink:error=EIO:when=1+2',
    'mkdir:error=ENOSPC:when=3+5',
  ];
  for (const fault of faults) {
    it(`(${fault}), the store says so and takes no damage`, async (ctx) => {
      if (!hasStrace()) ctx.skip('strace is not installed: no system call can be made to fail');
      const folder = temporaryDirectory();
      const directory = join(folder, 'store');
      const log = join(folder, 'strace.log');
      // Opening makes the folders; what is tried here is writing into them.
      await openStore({directory, owner: 'boot.1.1'});
      const [call] = fault.split(':');
      const wrap = ['strace', '-f', '-qq', '-o', log, '-e', `trace=${call}`, '-e', `inject=${fault}`];
      const outcome = await run({...aWriter(directory), rounds: 10 * SCALE}, {wrap});
      const injected = readFileSync(log, 'utf8').split('INJECTED').length - 1;
      await ctx.annotate(
        `${fault}: ${injected} injected, ${outcome.failures.length} refusals, ${outcome.acked.length} acks`,
      );
      expect(injected).toBeGreaterThan(0);
      expect(outcome.stderr).toBe('');
      expect(outcome.finished).toBe(true);
      expect(outcome.failures.filter((code) => !/^(?:full|unavailable|outside )/.test(code))).toEqual([]);
      // Only a temporary file that can't be removed is no reason to refuse.
      if (call !== 'unlink') expect(outcome.failures.length).toBeGreaterThan(0);
      const judgement = await judgeStore(directory, [outcome]);
      expect(judgement).toMatchObject({findings: [], lost: [], leftoversAfterRecovery: 0});
    }, 120_000);
  }
});

describe('with 64 file descriptors', () => {
  it('500 writes at a time all succeed', async () => {
    const directory = join(temporaryDirectory(), 'store');
    const wrap = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];
    const outcome = await run({...aWriter(directory), rounds: 0, atOnce: 500}, {wrap});
    expect({...outcome, acked: outcome.acked.length}).toMatchObject({
      acked: 500,
      failures: [],
      finished: true,
    });
    expect(await judgeStore(directory, [outcome])).toMatchObject({findings: [], lost: [], objects: 500});
  }, 60_000);
});

describe('on a full disk', () => {
  for (const protocol of ['store', 'ignoring short writes'] as const) {
    it(`${protocol === 'store' ? '' : 'control: '}${protocol}`, async (ctx) => {
      const disk = smallDisk();
      if (disk === undefined) ctx.skip('no tmpfs can be mounted here: a full disk was not tried');
      const directory = join(disk ?? '', 'store');
      const options = {...aWriter(directory), rounds: 600, protocol};
      const outcome = await run(options);
      const judgement = await judgeStore(directory, [outcome]);
      const full = outcome.failures.filter((code) => /full|ENOSPC/.test(code)).length;
      await ctx.annotate(
        `${protocol}: ${full} refusals, ${judgement.objects} objects, ${judgement.findings.length} wrong`,
      );
      if (protocol === 'store') {
        expect(full).toBeGreaterThan(0);
        expect(judgement).toMatchObject({findings: [], lost: [], leftovers: 0});
        await expectGoesOn(disk ?? '');
      } else expect(judgement.findings.length).toBeGreaterThan(0);
    }, 120_000);
  }
});

/** Once there is space, the same command completes. */
async function expectGoesOn(disk: string): Promise<void> {
  execFileSync('mount', ['-o', 'remount,size=256m', disk]);
  const outcome = await run({...aWriter(join(disk, 'store')), rounds: 120});
  expect(outcome).toMatchObject({finished: true, failures: []});
}

function smallDisk(): string | undefined {
  const folder = temporaryDirectory();
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', [disk]));
  return disk;
}

function run(options: FaultWriterOptions, how: Launch = {}): Promise<Outcome> {
  return runFaultWriter({node: process.execPath, path: process.env.PATH ?? '', bundle}, options, how);
}

function hasStrace(): boolean {
  return spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;
}

function aWriter(directory: string) {
  return {directory, owner: 'boot.1.1', seed: 1, rounds: 1, protocol: 'store' as const, atOnce: 0};
}
