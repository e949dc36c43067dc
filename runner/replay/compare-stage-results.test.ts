import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {StageResultDigests} from '../../schemas/verdict.ts';
import {compareFacts, compareStageResults} from './compare-stage-results.ts';

const blob = (text: string) => ({type: 'blob', digest: digestOfBytes(text), size: text.length}) as const;

function claim(change: Partial<StageResultDigests> = {}): StageResultDigests {
  return {
    outputs: {model: blob('weights'), report: blob('report')},
    values: {temperature: 1.1},
    metrics: digestOfBytes('metrics'),
    trace: digestOfBytes('trace'),
    ...change,
  };
}

const differing = (a: StageResultDigests, b: StageResultDigests) => {
  const verdict = compareStageResults(a, b);
  return verdict.verdict === 'different' ? verdict.differing : verdict.verdict;
};

describe('two claims', () => {
  it('are exact when everything is the same', () => {
    expect(compareStageResults(claim(), claim())).toEqual({
      verdict: 'exact',
      compared: ['outputs.model', 'outputs.report', 'values.temperature', 'metrics', 'trace'],
    });
  });

  it.each([
    ['outputs.model', {outputs: {model: blob('other'), report: blob('report')}}],
    ['outputs.report', {outputs: {model: blob('weights')}}],
    ['outputs.more', {outputs: {model: blob('weights'), report: blob('report'), more: blob('more')}}],
    ['values.temperature', {values: {temperature: 1.1000000000000003}}],
    ['metrics', {metrics: null}],
    ['trace', {trace: digestOfBytes('another')}],
  ])('differ in %s', (name, change) => {
    expect(differing(claim(), claim(change))).toEqual([name]);
  });

  it('have no trace to compare where the record is older than traces', () => {
    expect(differing(claim({trace: null}), claim())).toBe('exact');
  });
});

describe('facts', () => {
  it('that differ come with both sides, what tells most first', () => {
    const recorded = {'gpu.0.name': 'H100', 'gpu.0.driver_version': '580.13', libc: 'glibc 2.36', same: 'x'};
    const here = {'gpu.0.name': 'A100', 'gpu.0.driver_version': '570.86', same: 'x', 'cpu.vendor': 'AMD'};
    expect(compareFacts(recorded, here).map(({fact, recorded, here}) => [fact, recorded, here])).toEqual([
      ['gpu.0.name', 'H100', 'A100'],
      ['gpu.0.driver_version', '580.13', '570.86'],
      ['cpu.vendor', null, 'AMD'],
      ['libc', 'glibc 2.36', null],
    ]);
  });
});
