import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Plan, PlannedStage} from '../../schemas/plan.ts';
import {loadPlan} from './load-plan.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What the POLARIS authors published, typed here by hand and not read from the pipeline. */
const ROUNDS = [
  {temperature: '1.4', response: '39936', parallel: '1'},
  {temperature: '1.45', response: '48128', parallel: '1'},
  {temperature: '1.5', response: '52224', parallel: '4'},
];
const BENCHMARKS = {
  aime24: {samples: '32', published: 81.2},
  aime25: {samples: '32', published: 79.4},
  amc23: {samples: '8', published: 94.8},
  minerva: {samples: '4', published: 44.0},
  olympiad: {samples: '4', published: 69.1},
};

describe('the profile `paper` of pipelines/polaris.yaml', () => {
  const plan = planOf('paper');

  it.each(ROUNDS.map((round, i) => [i + 1, round] as const))(
    'trains round %i as published',
    (number, round) => {
      const train = stage(plan, `rl.${number}.train`);
      expect(train.command.slice(0, 2).map(textOf)).toEqual(['python', 'stage/main.py']);
      expect(train.resources).toMatchObject({gpus: 8});
      expect(settings(train)).toMatchObject({
        'algorithm.adv_estimator': 'grpo',
        'data.train_batch_size': '128',
        'actor_rollout_ref.rollout.n': '8',
        'actor_rollout_ref.actor.optim.lr': '0.000001',
        'actor_rollout_ref.actor.clip_ratio_low': '0.2',
        'actor_rollout_ref.actor.clip_ratio_high': '0.28',
        'actor_rollout_ref.actor.use_kl_loss': 'False',
        'actor_rollout_ref.actor.entropy_coeff': '0',
        'actor_rollout_ref.rollout.temperature': round.temperature,
        'data.max_response_length': round.response,
        'data.max_prompt_length': '1024',
        'actor_rollout_ref.actor.ulysses_sequence_parallel_size': round.parallel,
        'trainer.dyn_sampling_polaris': 'True',
        'trainer.save_freq': '10',
        'trainer.n_gpus_per_node': '8',
      });
    },
  );

  it('trains each round on the data that was published for it, and hands on the step that was asked for, merged', () => {
    for (const number of [1, 2, 3]) {
      const source = `qwen3-4b-s${number}`;
      expect(stage(plan, `rl.${number}.train`).inputs.get('problems')).toEqual({from: 'source', source});
      const url = expect.stringContaining(`/parquet/stage${number}/${source}.parquet`);
      expect(plan.sources.get(source)?.location).toMatchObject({from: 'https', url});
    }
    expect(stage(plan, 'rl.2.longer').inputs.get('model')).toEqual({
      from: 'stage',
      stage: 'rl.1.merge',
      output: 'model',
    });
    const steps = [1, 2, 3].map(
      (n) => settings(stage(plan, `rl.${n}.train`))['trainer.total_training_steps'],
    );
    expect(steps.reduce((sum, each) => sum + Number(each), 0)).toBe(700);
    const merged = [1, 2, 3].map((n) => stage(plan, `rl.${n}.merge`).params.get('step'));
    expect(merged.map((param) => param?.from === 'literal' && String(param.value))).toEqual(steps);
  });

  it.each(Object.entries(BENCHMARKS))('evaluates %s as published', (name, {samples, published}) => {
    const evaluate = stage(plan, `evaluate[${name}]`);
    expect(settings(evaluate)).toMatchObject({
      'data.n_samples': samples,
      'rollout.temperature': '1.4',
      'rollout.top_k': '20',
      'rollout.response_length': '90000',
    });
    expect(evaluate.params.get('published')).toEqual({from: 'literal', value: published});
  });

  it('grades all answers beside the published scores', () => {
    const grade = stage(plan, 'grade');
    expect(grade.dependsOn).toEqual(Object.keys(BENCHMARKS).map((name) => `evaluate[${name}]`));
    const value = Object.fromEntries(
      Object.entries(BENCHMARKS).map(([name, {published}]) => [name, published]),
    );
    expect(grade.params.get('published')).toEqual({from: 'literal', value});
  });

  it('starts from Qwen3-4B, with a context that takes every round and the evaluation', () => {
    expect(plan.sources.get('qwen3-4b')?.location).toMatchObject({from: 'hf', repository: 'Qwen/Qwen3-4B'});
    const longest = Math.max(...ROUNDS.map(({response}) => 1024 + Number(response)), 1024 + 90_000);
    for (const number of [1, 2, 3]) {
      const {value} = stage(plan, `rl.${number}.longer`).params.get('max_positions') as {value: number};
      expect(value).toBeGreaterThanOrEqual(longest);
    }
  });
});

describe('every profile of pipelines/polaris.yaml', () => {
  it.each(['laptop', 'h100', 'paper'])('%s is valid', (profile) => {
    expect(planOf(profile).stages.length).toBeGreaterThan(8);
  });

  it('runs laptop by default', () => {
    expect(planOf(undefined).profile).toBe('laptop');
  });
});

function planOf(profile: string | undefined): Plan {
  const loaded = loadPlan({
    file: join(ROOT, 'pipelines', 'polaris.yaml'),
    profile,
    overrides: [],
    stagesDirectory: join(ROOT, 'stages'),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.plan;
}

function stage({stages}: Plan, name: string): PlannedStage {
  const found = stages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
}

/** verl takes `key=value` words. */
function settings({command}: PlannedStage): Readonly<Record<string, string>> {
  const words = command.map(textOf).filter((word) => word.includes('='));
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}

function textOf(element: PlannedStage['command'][number]): string {
  return element.map((part) => (part.type === 'text' ? part.text : `?${part.param}`)).join('');
}
