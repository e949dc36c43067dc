import {cpSync, mkdirSync, rmSync, symlinkSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, it} from 'vitest';
import type {Json} from '../../../schemas/canonical-json.ts';
import {pythonWithTorch} from '../../compare/testing/python-with-torch.ts';
import {from} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';
import {ROOT} from '../../testing/source-files.ts';
import {type Audited, auditIt, forge, publish} from '../testing/segments-published.ts';

const PYTHON = pythonWithTorch();
const resources = {cpus: 1};
const TASK = {
  name: 'chain_sum',
  count: 60,
  config: {min_terms: 2, max_terms: 2, max_digits: 1},
  prompt: '{expression}=',
  tight: true,
};
const MODEL = {
  hidden_size: 16,
  layers: 1,
  heads: 2,
  kv_heads: 1,
  head_dim: 8,
  intermediate_size: 32,
  max_positions: 64,
};
const SFT: Readonly<Record<string, Json>> = {
  problems: {
    uses: 'collect',
    with: {tasks: [TASK], evaluation_count: 6, demonstrations: 20},
    resources,
  },
  base: {uses: 'base-model', with: MODEL, resources},
  sft: {
    uses: 'sft',
    inputs: {model: from('base.model'), data: from('problems.demonstrations')},
    with: {steps: 6, boundaries: 2, batch_size: 10, warmup_steps: 0, learning_rate: 0.01, max_length: 16},
    resources,
  },
};
const GRPO = {
  uses: 'grpo',
  inputs: {model: from('sft.model'), problems: from('problems.train')},
  with: {steps: 4, boundaries: 1, prompts_per_step: 4, samples: 4, max_new_tokens: 4, learning_rate: 0.01},
  resources,
};

const WORTH_WAITING = process.env.REPRO_SEGMENTS === 'all';

/** With the environment that the stages' lock has built: making it takes minutes. */
async function trained(stages: Readonly<Record<string, Json>>): Promise<Rig> {
  const rig = await openRig({ownEnvironments: true});
  rmSync(rig.environments, {recursive: true, force: true});
  symlinkSync(join(dirname(PYTHON ?? ''), '../..'), rig.environments);
  mkdirSync(join(rig.project, 'locks'));
  cpSync(join(ROOT, 'stages/_environments/cpu.lock.txt'), join(rig.project, 'locks/cpu.lock.txt'));
  rig.pipeline(stages as Parameters<Rig['pipeline']>[0], {
    license: 'CC-BY-4.0',
    authors: [{name: 'Ada'}],
    environments: {train: {python: {lock: 'locks/cpu.lock.txt', installer: 'pip'}}},
  });
  const ran = await rig.run();
  expect(ran.code, ran.stderr).toBe(0);
  return rig;
}

function told({replay}: Audited, stage: string): readonly string[] {
  return (replay?.segments ?? [])
    .filter((segment) => segment.stage === stage)
    .map((segment) => `${segment.index} ${segment.verdict}`);
}

it('a real training: honest segments are exact, a forged step is caught at that step', async (context) => {
  context.skip(
    PYTHON === undefined,
    'NOT TESTED: no environment with torch has been built here (repro environment)',
  );
  await using rig = await trained(SFT);
  forge(rig, 'sft', {
    line: (line, index) => {
      if (index === 3) Object.assign(line.parts as object, {optimizer: 'f'.repeat(64)});
    },
  });
  const found = await auditIt(rig, await publish(rig), '--budget', '100%');
  expect(told(found, 'sft')).toEqual(['0 exact', '1 different', '2 exact']);
  expect(found.replay?.segments[1]).toMatchObject({
    difference: {in: 'trace', divergence: {step: 3, first: 'optimizer', cause: 'optimizer-state'}},
  });
  expect(found.replay?.trainings[0]).toMatchObject({model: {tied: true}, findings: []});
  expect(found.replay?.stages.map(({stage, verdict}) => `${stage} ${verdict}`)).toEqual([
    'problems exact',
    'base exact',
  ]);
  expect(found.code).toBe(3);
}, 180_000);

it('real reinforcement learning is exact in both grades', async (context) => {
  context.skip(
    PYTHON === undefined,
    'NOT TESTED: no environment with torch has been built here (repro environment)',
  );
  context.skip(!WORTH_WAITING, 'NOT TESTED: takes a minute; REPRO_SEGMENTS=all does');
  await using rig = await trained({...SFT, grpo: GRPO});
  const url = await publish(rig);
  for (const grade of ['full', 'trainer'] as const) {
    const found = await auditIt(rig, url, '--budget', '70%', '--seed', 'x', '--grade', grade);
    expect([found.code, found.row.state, found.row.why]).toEqual([0, 'pass', found.row.why]);
    expect(found.replay?.segments.every(({verdict}) => verdict === 'exact')).toBe(true);
    expect(found.replay?.trainings.map((each) => [each.grade, each.model])).toEqual([
      [null, {tied: true}],
      [grade, {tied: true}],
    ]);
  }
}, 300_000);
