import {expect, test} from 'vitest';
import {checkJson} from './check.ts';
import {stageEffective, stageRequest, stageValues} from './request.ts';

const REQUEST = {
  contract: 1,
  stage: 'rl.2.train',
  kind: 'grpo',
  seed: 42,
  params: {learning_rate: 0.001, flags: ['a'], extra: {deep: [1, null]}},
  inputs: {model: 'inputs/model'},
  outputs: {model: 'outputs/model'},
  values: {temperature: 'number'},
  files: {
    values: 'values.json',
    metrics: 'metrics.jsonl',
    trace: 'trace.jsonl',
    progress: 'progress.jsonl',
    effective: 'effective.json',
  },
  resume: 'resume',
};

test('a request is what the contract says, and a kind without a seed has none', () => {
  const {seed: _, ...seedless} = REQUEST;
  expect(checkJson(stageRequest, REQUEST)).toEqual({ok: true, value: REQUEST});
  expect(checkJson(stageRequest, seedless)).toEqual({ok: true, value: seedless});
  expect(checkJson(stageRequest, {...REQUEST, host: 'laptop'}).ok).toBe(false);
});

test('values are scalars; what took effect may be anything', () => {
  expect(checkJson(stageValues, {temperature: 1.1, name: 'x', done: true}).ok).toBe(true);
  expect(checkJson(stageValues, {temperature: [1.1]}).ok).toBe(false);
  expect(checkJson(stageEffective, {threads: 1, nested: {a: [1]}}).ok).toBe(true);
});
