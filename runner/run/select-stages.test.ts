import {expect, it} from 'vitest';
import {stageName} from '../../schemas/names.ts';
import type {Plan} from '../../schemas/plan.ts';
import {type Selection, selectStages} from './select-stages.ts';

const GRAPH: Readonly<Record<string, readonly string[]>> = {
  data: [],
  sft: ['data'],
  'rl.1.train': ['sft'],
  'rl.2.train': ['rl.1.train'],
  'evaluate[sft]': ['sft'],
  'evaluate[rl]': ['rl.2.train'],
  'evaluate-more': ['data'],
};

const plan = {
  stages: Object.entries(GRAPH).map(([name, on]) => ({name: stageName(name), dependsOn: on.map(stageName)})),
} as unknown as Plan;

function chosen(selection: Selection): {readonly selected: string; readonly concerned: string} | string {
  const found = selectStages(plan, selection);
  if (!found.ok) return `no ${found.unknown}`;
  const words = (names: ReadonlySet<string>) =>
    Object.keys(GRAPH)
      .filter((name) => names.has(name))
      .join(' ');
  return {selected: words(found.selected), concerned: words(found.concerned)};
}

it('selects all by default', () => {
  const all = Object.keys(GRAPH).join(' ');
  expect(chosen({what: 'all'})).toEqual({selected: all, concerned: all});
});

it('until: a stage and all it needs', () => {
  const found = 'data sft rl.1.train';
  expect(chosen({what: 'until', names: ['rl.1.train']})).toEqual({selected: found, concerned: found});
});

it('only: a stage without what it needs, which is looked at all the same', () => {
  expect(chosen({what: 'only', names: ['rl.1.train', 'evaluate[sft]']})).toEqual({
    selected: 'rl.1.train evaluate[sft]',
    concerned: 'data sft rl.1.train evaluate[sft]',
  });
});

it('takes the name of a chain for its rounds and the name of a matrix for its combinations', () => {
  expect(chosen({what: 'only', names: ['rl']})).toMatchObject({selected: 'rl.1.train rl.2.train'});
  expect(chosen({what: 'only', names: ['rl.2']})).toMatchObject({selected: 'rl.2.train'});
  expect(chosen({what: 'only', names: ['evaluate']})).toMatchObject({selected: 'evaluate[sft] evaluate[rl]'});
});

it('names what there is none of', () => {
  expect(chosen({what: 'until', names: ['sft', 'r']})).toBe('no r');
});
