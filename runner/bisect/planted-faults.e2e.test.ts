import {appendFileSync, cpSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext} from 'vitest';
import type {FaultClass, LocatedDivergence} from '../../schemas/bisection.ts';
import type {TracePart} from '../../schemas/trace.ts';
import {openSharedRig, type Rig} from '../testing/rig.ts';
import {firstOtherLine} from './testing/first-other-line.ts';
import {
  type Answer,
  bisected,
  flipBit,
  newestRun,
  plant,
  plantedProject,
  train,
  write,
} from './testing/planted-project.ts';
import {forgetful, levelled, regularised, shuffled, unsteady} from './testing/plants.ts';
import {
  isTorchBuilt,
  lendHarmless,
  lendOtherTorch,
  lendTorch,
  needsTorch,
} from './testing/torch-environment.ts';

/** All of them take four to eight minutes; `node bench/planted-faults.mjs` runs them and prints the table. */
const ALL = process.env.REPRO_PLANTED_FAULTS;
/** A state is recorded every so many steps, from which the step can be done again. */
const EVERY = {boundaries: 3};
const PATIENCE_MS = 240_000;

let rig: Rig;
/** The training that most are compared with. */
let plain: string;

beforeAll(async () => {
  if (!isTorchBuilt()) return;
  rig = await openSharedRig({ownEnvironments: true});
  // Wide enough for a sum that threads share.
  await plantedProject(rig, {hidden_size: 128, intermediate_size: 512});
  plain = await train(rig, {params: EVERY});
}, PATIENCE_MS);

/** Whatever became of the test before. */
beforeEach(() => {
  if (rig === undefined) return;
  lendTorch(rig);
  plant(rig, {});
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

/** What was planted, and what must be said of it. */
interface Expected {
  readonly fault: string;
  readonly step: number;
  /** Left out where rounding decides how early it shows within the step. */
  readonly first?: TracePart;
  readonly class: FaultClass;
}

function found(answer: Answer, expected: Expected): LocatedDivergence {
  if (answer.found === 'nothing') throw new Error(`${expected.fault}: nothing was found`);
  tell({...expected, answer});
  const {step, first} = stepOf(answer);
  expect({fault: expected.fault, step, first, class: answer.verdict.class}).toEqual({first, ...expected});
  expect(answer).toMatchObject({code: 3, stage: 'train'});
  expect(answer.probes?.length).toBeLessThanOrEqual(Math.ceil(Math.log2(10)) + 1);
  return answer;
}

function stepOf({trace}: LocatedDivergence) {
  if (trace?.kind !== 'step') throw new Error(`no step: ${JSON.stringify(trace)}`);
  return trace;
}

const hows = ({again}: LocatedDivergence) => again?.sides.map(({how}) => how);

function tell(row: object): void {
  if (ALL?.includes('/')) appendFileSync(ALL, `${JSON.stringify(row)}\n`);
}

function needsAll(context: TestContext): void {
  needsTorch(context);
  context.skip(
    ALL === undefined,
    'NOT TESTED: `node bench/planted-faults.mjs` plants all faults, in four to eight minutes',
  );
}

describe('a planted fault', () => {
  it(
    'control: two equal trainings, and nothing is found',
    async (context) => {
      needsTorch(context);
      const again = await train(rig, {params: EVERY});
      const answer = await bisected(rig, plain, '--against', again);
      tell({fault: 'none (control)', step: 0, answer});
      expect(answer).toMatchObject({
        found: 'nothing',
        code: 0,
        same: [{stage: 'train', causes: []}],
        unchecked: [],
      });
    },
    PATIENCE_MS,
  );

  it(
    'a shuffled batch: its step is done again from the nearest recorded state, by each run’s own code',
    async (context) => {
      needsTorch(context);
      plant(rig, shuffled(8));
      const other = await train(rig, {params: EVERY});
      const answer = found(await bisected(rig, plain, '--against', other), {
        fault: 'a shuffled batch',
        step: 8,
        first: 'batch',
        class: 'data-order',
      });
      expect(answer.again?.sides).toMatchObject([
        {how: 'exact', after: 6},
        {how: 'exact', after: 6},
      ]);
      expect(answer.verdict.by?.from).toBe('code');
      expect(answer.again?.equal).toEqual(['rng', 'cursor']);
    },
    PATIENCE_MS,
  );

  it(
    'a kernel that is not deterministic: one unit in the last place of one gradient',
    async (context) => {
      needsAll(context);
      plant(rig, unsteady(7));
      const [a, b] = [await train(rig), await train(rig)];
      const expected = {
        fault: 'a kernel that only warns',
        step: 7,
        first: 'gradient',
        class: 'kernel',
      } as const;
      const answer = found(await bisected(rig, a, '--against', b), expected);
      expect(hows(answer)).toEqual(['other', 'other']);
      expect(answer.again?.parts[0]).toMatchObject({part: 'gradient', comparison: {maxUlp: 1, differing: 2}});
      expect(answer.verdict.by).toBeUndefined();
      // Without another run: against what this machine makes of it.
      const alone = found(await bisected(rig, a), {...expected, fault: `${expected.fault}, one run`});
      expect(alone.again?.sides.map(({side}) => side)).toEqual(['b', 'again']);
    },
    PATIENCE_MS,
  );

  it(
    'one bit of one weight that it starts from',
    async (context) => {
      needsAll(context);
      cpSync(join(rig.project, 'model'), join(rig.project, 'flipped'), {recursive: true});
      flipBit(rig, 'flipped', 'model.layers.0.mlp.up_proj.weight', 100);
      const other = await train(rig, {model: 'flipped', params: EVERY});
      const step = firstOtherLine(rig, plain, other);
      const answer = found(await bisected(rig, plain, '--against', other), {
        fault: 'one flipped weight bit',
        step,
        class: 'other-weights',
      });
      expect(step).toBe(1);
      const [input] = answer.inputs;
      expect(input?.comparison).toMatchObject({
        changed: [
          {comparison: {differing: 1, maxUlp: 1, changed: [{name: 'model.layers.0.mlp.up_proj.weight'}]}},
        ],
      });
    },
    PATIENCE_MS,
  );

  it(
    'another seed',
    async (context) => {
      needsAll(context);
      const other = await train(rig, {seed: 7, params: EVERY});
      found(await bisected(rig, plain, '--against', other), {
        fault: 'another seed',
        step: firstOtherLine(rig, plain, other),
        first: 'batch',
        class: 'seed',
      });
    },
    PATIENCE_MS,
  );

  it(
    'another thread count',
    async (context) => {
      needsAll(context);
      // By itself it changes no bit of so small a training: no sum of it is long enough to be shared.
      const same = await bisected(rig, plain, '--against', await train(rig, {cpus: 2, params: EVERY}));
      tell({fault: 'another thread count, no bit of difference', step: 0, answer: same});
      expect(same).toMatchObject({
        found: 'nothing',
        same: [{causes: [{class: 'contract'}, {class: 'effective'}]}],
      });
      plant(rig, regularised());
      const [one, two] = [await train(rig), await train(rig, {cpus: 2})];
      const answer = found(await bisected(rig, one, '--against', two), {
        fault: 'another thread count',
        step: firstOtherLine(rig, one, two),
        first: 'loss',
        class: 'threads',
      });
      expect(hows(answer)).toEqual(['exact', 'exact']);
    },
    PATIENCE_MS,
  );

  it(
    'another instruction set level',
    async (context) => {
      needsAll(context);
      plant(rig, levelled());
      const [avx2, none] = [await train(rig), await train(rig, {params: {level: 'default'}})];
      found(await bisected(rig, avx2, '--against', none), {
        fault: 'another instruction set level',
        step: firstOtherLine(rig, avx2, none),
        class: 'instruction-set',
      });
    },
    PATIENCE_MS,
  );

  it(
    'another version of a library',
    async (context) => {
      needsAll(context);
      lendHarmless(rig);
      const harmless = await bisected(rig, plain, '--against', await train(rig, {params: EVERY}));
      tell({fault: 'another version of a package, no bit of difference', step: 0, answer: harmless});
      expect(harmless).toMatchObject({
        found: 'nothing',
        same: [{causes: [{class: 'environment', packages: [{path: 'tqdm', after: '0.0.1'}]}]}],
      });
      lendOtherTorch(rig);
      const other = await train(rig, {params: EVERY});
      lendTorch(rig);
      const answer = found(await bisected(rig, plain, '--against', other), {
        fault: 'another version of torch',
        step: firstOtherLine(rig, plain, other),
        first: 'parameters',
        class: 'library',
      });
      expect(answer.verdict.by?.differences).toMatchObject([{path: 'torch'}]);
    },
    PATIENCE_MS,
  );

  it(
    'a random state that was lost at a resume',
    async (context) => {
      needsAll(context);
      plant(rig, forgetful());
      const stopped = await interrupted(rig);
      const resumed = await rig.repro(['run', 'p.yaml']);
      expect(resumed.code).toBe(0);
      const broken = newestRun(rig);
      const whole = await train(rig);
      const answer = found(await bisected(rig, whole, '--against', broken), {
        fault: 'a random state lost at a resume',
        step: stopped + 1,
        first: 'loss',
        class: 'random-state',
      });
      expect(hows(answer)).toEqual(['exact', 'other']);
      expect(answer.verdict.by?.differences).toMatchObject([{path: 'resumed', before: 0, after: 1}]);
    },
    PATIENCE_MS,
  );
});

/** Trains until it is told to stop; the step after which it did. */
async function interrupted(rig: Rig): Promise<number> {
  write(rig);
  const running = rig.start(['run', 'p.yaml', '--json']);
  await running.event('stage-progress');
  running.signal('SIGINT');
  await running.end();
  const [, step] = /stopped after step (\d+)/.exec(rig.log('train')) ?? [];
  if (step === undefined) throw new Error(`it was not interrupted: ${rig.log('train')}`);
  return Number(step);
}
