import {expect, test} from 'vitest';
import {checkJson} from './check.ts';
import {environmentDefinition, pipelineHeader, sourceDefinition} from './pipeline.ts';
import {stageDefinition} from './pipeline-stage.ts';

const issues = (result: ReturnType<typeof checkJson>) => (result.ok ? [] : result.error);

test('an unknown key comes with those that would have been right', () => {
  expect(issues(checkJson(stageDefinition, {uses: 'sft', resources: {cpu: 1}}))).toEqual([
    {
      path: ['resources', 'cpu'],
      problem: 'unknown-key',
      expected: 'expected another key',
      allowed: ['cpus', 'memory', 'gpus', 'time'],
    },
  ]);
});

test('inside a union, the arm that fits from outside tells what is wrong further in', () => {
  expect(issues(checkJson(environmentDefinition, {python: {lock: 'x', instaler: 'pip'}}))).toMatchObject([
    {path: ['python', 'instaler'], problem: 'unknown-key', allowed: ['lock', 'installer']},
  ]);
});

test('what is missing is told from what is wrong', () => {
  const found = issues(checkJson(sourceDefinition, {file: 1, sha256: 'unpinned'}));
  expect(found.map(({path, problem}) => [path[0], problem])).toEqual([
    ['file', 'wrong-shape'],
    ['kind', 'missing'],
  ]);
});

test('a top-level $schema is accepted, and the defaults are filled in', () => {
  const checked = checkJson(pipelineHeader, {$schema: './x.json', repro: 1, name: 'tiny', stages: {}});
  expect(checked).toMatchObject({ok: true, value: {seed: 0, params: {}}});
});
