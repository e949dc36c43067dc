import {expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import fc from '../../../artifacts/testing/properties.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {boundariesOf, trainingOf} from './training.ts';

const digest = digestOfBytes('x');

function recordedWith(params: object, more: object = {}): Receipt {
  return {
    receipt: 2,
    document: {kind: 'sft', params},
    outputs: {boundaries: {type: 'tree', digest, size: 1, files: 1}},
    execution: {trace: digest},
    ...more,
  } as unknown as Receipt;
}

const STAGE = {name: 'sft', determinism: 'bitwise'} as unknown as PlannedStage;

it('segments are all steps, each once, and meet at the boundaries', () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 5000}), fc.integer({min: 1, max: 5000}), (steps, boundaries) => {
      const training = trainingOf(STAGE, recordedWith({steps, boundaries}));
      if (training === undefined) throw new Error('no training');
      const {segments} = training;
      const done = segments.flatMap((each) =>
        Array.from({length: each.steps}, (_, at) => each.after + at + 1),
      );
      expect(done).toEqual(Array.from({length: steps}, (_, at) => at + 1));
      // As the SDK has it: every n steps, and none after the last step.
      const kept = Array.from({length: steps}, (_, at) => at + 1).filter(
        (step) => step % boundaries === 0 && step < steps,
      );
      expect(boundariesOf(training)).toEqual(kept);
    }),
  );
});

it('what kept no states, no trace, or says that it is not steady, has no segments', () => {
  const params = {steps: 10, boundaries: 2};
  const none = [
    trainingOf(STAGE, recordedWith({steps: 10, boundaries: 0})),
    trainingOf(STAGE, recordedWith({steps: 10})),
    trainingOf(STAGE, recordedWith({steps: '10', boundaries: 2})),
    trainingOf(STAGE, recordedWith({steps: 2 ** 40, boundaries: 1})),
    trainingOf(STAGE, recordedWith(params, {outputs: {}})),
    trainingOf(STAGE, recordedWith(params, {execution: {trace: null}})),
    trainingOf({...STAGE, determinism: 'none'}, recordedWith(params)),
  ];
  expect(none).toEqual(none.map(() => undefined));
  expect(trainingOf(STAGE, recordedWith(params))?.segments).toHaveLength(5);
});
