import {expect, it} from 'vitest';
import {findControlGroups} from '../executors/local/control-groups.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

it('a receipt says what held the stage to its memory', async () => {
  await using rig = await openRig();
  rig.pipeline({
    a: shell('echo a > outputs/out'),
    b: {...shell('echo b > outputs/out'), resources: {memory: '256MiB'}},
  });
  expect((await rig.run()).code).toBe(0);
  const {stages} = JSON.parse((await rig.repro(['show', '--json'])).stdout) as {
    readonly stages: readonly {readonly receipt: {readonly receipt: number; readonly execution: object}}[];
  };
  const held = findControlGroups().length > 0 ? 'limited' : 'watched';
  expect(stages.map(({receipt}) => receipt)).toMatchObject([
    {receipt: 3, execution: {memory: 'undeclared'}},
    {receipt: 3, execution: {memory: held}},
  ]);
});
