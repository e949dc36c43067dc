import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {stageName} from '../../schemas/names.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import {dependantsOf, schedule} from './schedule.ts';

/** As much of a stage as scheduling looks at; each may depend on any before it. */
function stagesOf(dependencies: readonly (readonly number[])[]): readonly PlannedStage[] {
  return dependencies.map((on, i) => {
    const dependsOn = [...new Set(on.filter((j) => j < i))].map((j) => stageName(`s${j}`));
    return {name: stageName(`s${i}`), dependsOn} as unknown as PlannedStage;
  });
}

const graphs = fc.array(fc.array(fc.nat(11), {maxLength: 3}), {maxLength: 12}).map(stagesOf);

describe('schedule', () => {
  it('settles every stage once, after all it depends on, and never more than allowed at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        graphs,
        fc.integer({min: 1, max: 4}),
        async (scheduler, stages, most) => {
          const settled: string[] = [];
          let running = 0;
          const all = schedule(stages, most, async (stage) => {
            running++;
            expect(running).toBeLessThanOrEqual(most);
            expect(settled).toEqual(expect.arrayContaining([...stage.dependsOn]));
            await scheduler.schedule(Promise.resolve());
            running--;
            settled.push(stage.name);
          });
          await scheduler.waitFor(all);
          expect([...settled].sort()).toEqual(stages.map(({name}) => name).sort());
        },
      ),
      {numRuns: 200},
    );
  });

  it('takes ready stages in the order of the plan', async () => {
    const order: string[] = [];
    await schedule(stagesOf([[], [], [0], []]), 1, async ({name}) => {
      order.push(name);
    });
    expect(order).toEqual(['s0', 's1', 's3', 's2']);
  });

  it('takes a wide graph in its stride', async () => {
    const stages = stagesOf(Array.from({length: 20_000}, (_, i) => (i === 0 ? [] : [0])));
    let settled = 0;
    await schedule(stages, 10, async () => void settled++);
    expect(settled).toBe(20_000);
  });
});

it('dependantsOf turns the arrows around', () => {
  const dependants = dependantsOf(stagesOf([[], [0], [0, 1]]));
  const names = [...dependants].map(([name, of]) => [name, of.map((stage) => stage.name)]);
  expect(Object.fromEntries(names)).toEqual({s0: ['s1', 's2'], s1: ['s2'], s2: []});
});
