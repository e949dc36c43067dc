import {describe, expect, it} from 'vitest';
import type {Receipt} from '../../../schemas/receipt.ts';
import {Bench, stage} from '../testing/bench.ts';

describe('two results of a stage', () => {
  it('are the same when only their times differ', async () => {
    const bench = new Bench();
    const a = await stage(bench, 'x');
    expect(
      await bench.toldOfStages(a, {...a, execution: {...a.execution, seconds: 3}} as Receipt),
    ).toMatchInlineSnapshot(`
      "a  one
      b  two

      the same bits
        12.5 s and 3.0 s
      [same bits]"
    `);
  });

  it('show values and the first step whose metrics differ', async () => {
    const bench = new Bench();
    const make = async (loss: number, reward: number) =>
      stage(bench, 'x', {
        values: {reward},
        execution: {metrics: (await bench.blob(`{"loss":1,"step":1}\n{"loss":${loss},"step":2}\n`)).digest},
      });
    expect(await bench.toldOfStages(await make(0.5, 1), await make(0.25, 2))).toMatchInlineSnapshot(`
      "a  one
      b  two

      other values (reward); metrics
        reward  1 → 2
        metrics  step 2: loss  0.5 → 0.25
        12.5 s and 12.5 s
      [other bits]"
    `);
  });
});
