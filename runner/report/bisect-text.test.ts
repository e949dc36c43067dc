import {describe, expect, it} from 'vitest';
import type {LocatedDivergence} from '../../schemas/bisection.ts';
import type {TensorComparison} from '../../schemas/comparison.ts';
import {bisectText} from './bisect-text.ts';
import {plainStyle} from './style.ts';

const tensors = (name: string, differing: number, maxUlp: number): TensorComparison => ({
  kind: 'tensors',
  verdict: 'weights',
  tensors: [13, 13],
  elements: 3952,
  differing,
  content: ['0'.repeat(64), '1'.repeat(64)],
  missing: [],
  added: [],
  reshaped: [],
  changed: [
    {
      name,
      dtype: 'F32',
      shape: [16, 32],
      elements: 512,
      differing,
      first: {
        index: [14, 25],
        before: {value: '0.006588206', bits: '3bd7e1e1'},
        after: {value: '0.0065882066', bits: '3bd7e1e2'},
      },
      maxUlp,
      ulps: [{from: maxUlp, to: maxUlp, count: differing}],
      classes: {mantissa: differing},
    },
  ],
  changedTensors: 1,
  ulps: [{from: maxUlp, to: maxUlp, count: differing}],
  maxUlp,
  classes: {mantissa: differing},
  metadata: [],
  layout: [],
});

const THREADS = {path: 'contract.OMP_NUM_THREADS', before: '1', after: '2'};
const SEED = {path: 'seed', before: 1, after: 2};

const LOCATED: LocatedDivergence = {
  found: 'divergence',
  stage: 'train',
  same: ['data', 'base'],
  others: ['probe'],
  inputs: [],
  results: {outputs: [{name: 'model'}], values: [], metrics: {step: 7, metrics: []}},
  causes: [
    {class: 'seed', differences: [SEED]},
    {class: 'contract', differences: [THREADS]},
  ],
  trace: {
    kind: 'step',
    step: 7,
    steps: [10, 10],
    first: 'gradient',
    differing: ['gradient', 'optimizer'],
    equal: ['batch', 'loss', 'rng', 'cursor'],
    absent: [],
    equalBefore: true,
    parametersEqualAt: 6,
    scalars: [],
    cause: 'arithmetic',
    alternatives: [],
    probes: 5,
  },
  probes: [
    {step: 10, equal: false},
    {step: 5, equal: true},
    {step: 8, equal: false},
    {step: 7, equal: false},
    {step: 6, equal: true},
  ],
  again: {
    step: 7,
    sides: [
      {side: 'a', how: 'exact', after: 6, seconds: 4.25},
      {side: 'b', how: 'other', after: 0, from: 3, seconds: 5, likeRecorded: false},
    ],
    equal: ['batch', 'loss'],
    parts: [
      {part: 'gradient', comparison: tensors('mlp.down_proj.weight', 1, 1)},
      {part: 'optimizer', comparison: tensors('mlp.down_proj.weight/exp_avg', 2, 12)},
    ],
  },
  verdict: {
    class: 'threads',
    by: {class: 'threads', from: 'contract', differences: [THREADS]},
    also: [{class: 'code', from: 'code', differences: []}],
    unlikely: [{class: 'seed', from: 'seed', differences: [SEED]}],
  },
};

const told = (found: LocatedDivergence) => bisectText(found, ['one', 'two'], plainStyle);

describe('what a bisection is told as', () => {
  it('goes from the stage to the bit, and ends with what is to blame', () => {
    expect(told(LOCATED)).toMatchInlineSnapshot(`
      "a  one
      b  two

      train  equal inputs, other model, metrics
        the same bits in data, base
        also different by itself: probe; --stage looks into one
        5 chains compared: 10 ≠ · 5 = · 8 ≠ · 7 ≠ · 6 =
        step 7 of 10: gradient differs first → arithmetic (kernel, threads, instruction set, library)
          equal    the state before the step, batch, loss, rng, cursor
          differ   optimizer too
        again here, a  exact: the chain that was recorded  step 7, 4.3 s
        again here, b  another chain than was recorded on another machine, from step 3 on  steps 1 to 7, 5.0 s
        equal, tensor by tensor: batch, loss
        gradient  1 of 13 tensors, 1 of 3,952 elements, at most 1 ULP
          mlp.down_proj.weight  F32 [16, 32]  1 of 512, at most 1 ULP
            first at [14, 25]  0.006588206 → 0.0065882066  3bd7e1e1 → 3bd7e1e2
        optimizer  1 of 13 tensors, 2 of 3,952 elements, at most 12 ULP
        most likely  contract  contract.OMP_NUM_THREADS  "1" → "2"
        unlikely     seed  1 → 2

      verdict  threads
        At step 7 of train, from the same state, gradient is the first to differ, by at most 1 ULP in 1 of 3,952 elements. What explains it: contract (threads): contract.OMP_NUM_THREADS  "1" → "2". Done again here, only a comes out as recorded: this is another machine. It could also be the code. Differs, but does not show itself like this: seed 1 → 2.
      "
    `);
  });

  it('says of one run whether this machine agrees with itself', () => {
    const side = {after: 6, seconds: 4.25} as const;
    const alone = (sides: NonNullable<LocatedDivergence['again']>['sides']) =>
      told({
        ...LOCATED,
        causes: [{class: 'unknown', differences: []}],
        again: {step: 7, sides, parts: [], equal: []},
        verdict: {class: 'kernel', by: undefined, also: [], unlikely: []},
      })
        .split('\n')
        .filter((line) => /again|recorded/.test(line));
    expect(alone([{...side, side: 'b', how: 'exact'}])).toMatchInlineSnapshot(`
      [
        "  again here, b  exact: the chain that was recorded  step 7, 4.3 s",
        "  nothing that was recorded differs",
        "  At step 7 of train, from the same state, gradient is the first to differ. No recorded difference explains it: something undeclared, or an operation that is not deterministic. This machine gives its own bits twice: the difference is between it and the recorded one.",
      ]
    `);
    expect(
      alone([
        {...side, side: 'b', how: 'other', from: 7, likeRecorded: true},
        {side: 'again', how: 'failed', why: 'signalled'},
      ]),
    ).toMatchInlineSnapshot(`
      [
        "  again here, b  another chain than was recorded, from step 7 on  step 7, 4.3 s",
        "  again here, once more  failed: signalled",
        "  nothing that was recorded differs",
        "  At step 7 of train, from the same state, gradient is the first to differ. No recorded difference explains it: something undeclared, or an operation that is not deterministic. It could not be done again here.",
      ]
    `);
  });
});
