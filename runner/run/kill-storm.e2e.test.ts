import {chmodSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {openStore} from '../../artifacts/open/open-store.ts';
import {SEED} from '../../artifacts/testing/seed.ts';
import {verifyStore} from '../../artifacts/upkeep/verify.ts';
import type {CliProcess} from '../testing/cli-process.ts';
import {digestsOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

/** A few for every day; 50 and more for the figure in the README: `REPRO_KILLS=50 npx vitest run kill-storm`. */
const KILLS = Number(process.env.REPRO_KILLS ?? 8);
const TREE = {outputs: {out: {kind: 'files', type: 'tree'}}};
const MAKE = 'mkdir outputs/out; for i in 1 2 3 4 5; do seq $i 20000 > outputs/out/$i; sleep 0.02; done';
const SUM =
  'sleep 0.05; find inputs -type f | sort | xargs cat | sha256sum > outputs/out; seq 50000 >> outputs/out';

/** Two branches that meet, files and folders, each stage long enough to be killed in. */
const STAGES = {
  a: shell(MAKE, TREE),
  b: shell(`${MAKE}; echo b > outputs/out/b`, TREE),
  a2: shell(SUM, {inputs: {x: from('a.out')}}),
  b2: shell(SUM, {inputs: {x: from('b.out')}}),
  both: shell(SUM, {inputs: {x: from('a2.out'), y: from('b2.out'), z: from('a.out')}}),
  last: shell(SUM, {inputs: {x: from('both.out')}}),
};

describe('killed at any moment', () => {
  it(
    `(${KILLS} times, seed ${SEED}) no wrong object, no process left, and in the end the same bits`,
    async () => {
      const {digests, milliseconds} = await undisturbed();
      await using rig = await openRig();
      rig.pipeline(STAGES);
      // What is killed and when is drawn; how far a run has come by then is up to the machine.
      const draw = randomNumbers(SEED);
      const killed = {runner: 0, spawner: 0, stage: 0};
      const total = () => killed.runner + killed.spawner + killed.stage;
      let finished = 0;
      for (let round = 0; total() < KILLS; round++) {
        // A run that came through unharmed leaves nothing to do: the next one starts from an empty store.
        const store = join(rig.root, `store-${finished}`);
        const running = rig.start(['run', 'p.yaml', '--json', '-j2', '--store', store, ...sandbox(draw())]);
        await running.event('run-started');
        await new Promise((resolve) => setTimeout(resolve, draw() * milliseconds));
        const victim = kill(rig, running, draw);
        if (victim !== undefined) killed[victim]++;
        const ended = await running.end();
        expect(await rig.survivors()).toEqual([]);
        expect(await findingsIn(store)).toEqual([]);
        if (ended.code === 0) {
          expect(digestsOf(ended)).toEqual(digests);
          finished++;
        }
        // Each kill costs at most a run that is not killed: more would mean that it kills nothing.
        expect(round).toBeLessThan(4 * KILLS + 20);
      }
      expect(total()).toBeGreaterThanOrEqual(KILLS);

      const store = join(rig.root, `store-${finished}`);
      const last = await rig.run('--store', store);
      expect(last.code).toBe(0);
      expect(digestsOf(last)).toEqual(digests);
      expect((await rig.repro(['store', 'verify', '--store', store])).code).toBe(0);
      expect(readdirSync(join(store, 'tmp'))).toEqual([]);
      expect(readdirSync(join(store, 'scratch'))).toEqual([]);
    },
    60_000 + KILLS * 15_000,
  );

  it('would be told from damage: one flipped bit of one object, and the check goes red', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(MAKE, TREE)});
    await rig.run();
    expect(await findingsIn(rig.store)).toEqual([]);
    const objects = readdirSync(rig.layout.objects, {recursive: true, encoding: 'utf8'});
    const [hex = ''] = objects.map((path) => path.slice(3)).filter((name) => name.length === 64);
    const file = join(rig.layout.objects, hex.slice(0, 2), hex);
    chmodSync(file, 0o644);
    const bytes = readFileSync(file);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const verify = await rig.repro(['store', 'verify']);
    expect(verify.code).toBe(1); // The part of what is corrupt.
    expect(verify.stdout).toContain(`corrupt: ${file} holds sha256:`);
    expect(await findingsIn(rig.store)).not.toEqual([]);
  });
});

async function undisturbed() {
  await using rig = await openRig();
  rig.pipeline(STAGES);
  const running = rig.start(['run', 'p.yaml', '--json', '-j2']);
  await running.event('run-started');
  const startedAt = performance.now();
  const ended = await running.end();
  expect(ended.code).toBe(0);
  return {digests: digestsOf(ended), milliseconds: performance.now() - startedAt};
}

function sandbox(number: number): readonly string[] {
  return number < 0.7 ? [] : ['--sandbox', 'none'];
}

/** Ends the runner, the process that starts stages, or something of a stage. Undefined when it was too late. */
function kill(rig: Rig, running: CliProcess, draw: () => number): Victim | undefined {
  const choice = draw();
  const others = rig.processes().filter(({pid}) => pid !== running.pid);
  const spawner = others.find(({words}) => words.includes('spawner.py'));
  const ofStages = others.filter((found) => found !== spawner);
  const stage = ofStages[Math.floor(draw() * ofStages.length)];
  const end = (victim: Victim, pid: number): Victim | undefined => {
    rig.note(`killed the ${victim} ${pid} of ${JSON.stringify(rig.processes())}`);
    return sigkill(pid) ? victim : undefined;
  };
  if (choice < 0.35 && stage !== undefined) return end('stage', stage.pid);
  if (choice < 0.45 && spawner !== undefined) return end('spawner', spawner.pid);
  return running.hasEnded ? undefined : end('runner', running.pid);
}

type Victim = 'runner' | 'spawner' | 'stage';

function sigkill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false; // It ended by itself in this moment.
  }
}

async function findingsIn(directory: string): Promise<readonly unknown[]> {
  const store = await openStore({directory, owner: 'test.1.1'});
  const findings: unknown[] = [];
  for await (const finding of verifyStore(store)) findings.push(finding);
  return findings;
}

/** mulberry32: the same seed, the same numbers. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
