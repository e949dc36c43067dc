import {availableParallelism, totalmem} from 'node:os';
import {describe, expect, it} from 'vitest';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Ended} from '../testing/cli-process.ts';
import {digestsOf, statesOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';
import {ToldStage, told} from '../testing/told-stage.ts';

/** Two stages that do not depend on each other, told what to do. */
async function startTwo(resources: Resources, ...flags: readonly string[]) {
  const rig = await openRig();
  rig.pipeline({a: told('a', {resources}), b: told('b', {resources})});
  const running = rig.start(['run', 'p.yaml', '--json', ...flags]);
  const begun = (['a', 'b'] as const).map(async (name) => {
    const stage = await ToldStage.begun(rig, name, running);
    return {name, stage};
  });
  return {rig, running, begun};
}

async function finish({stage, name}: {readonly stage: ToldStage; readonly name: string}): Promise<void> {
  await stage.write('outputs/out', name);
  stage.exit(0);
  stage[Symbol.dispose]();
}

/** Neither ends before both have begun: they would wait for ever if they might not meet. */
async function meet(resources: Resources, ...flags: readonly string[]): Promise<void> {
  const {rig, running, begun} = await startTwo(resources, ...flags);
  await using _ = rig;
  for (const stage of await Promise.all(begun)) await finish(stage);
  expect(statesOf(await running.end())).toEqual({a: 'executed', b: 'executed'});
}

/** While the first is at work the second is not let in; it is when the first has ended. */
async function takeTurns(resources: Resources, ...flags: readonly string[]): Promise<void> {
  const {rig, running, begun} = await startTwo(resources, ...flags);
  await using _ = rig;
  const first = await Promise.race(begun);
  const started = running.events().flatMap((event) => (event.event === 'stage-started' ? event.stage : []));
  expect(started).toEqual([first.name]);
  await finish(first);
  const second = (await Promise.all(begun)).find(({name}) => name !== first.name);
  if (second === undefined) throw new Error('there are two');
  await finish(second);
  expect(statesOf(await running.end())).toEqual({a: 'executed', b: 'executed'});
}

type Resources = Readonly<Record<string, Json>>;

const CPUS = availableParallelism();

describe('stages that do not depend on each other', () => {
  it('run at the same time, as many as --jobs allows', async (context) => {
    context.skip(CPUS === 1, 'NOT TESTED: this machine has one CPU');
    await meet({}, '-j2');
    await takeTurns({}, '-j1');
  });

  it('share the CPUs of the machine: two that want all of them take turns', () =>
    takeTurns({cpus: CPUS}, '-j2'));

  it('share its memory: two that want more than half of it take turns', () =>
    takeTurns({memory: `${Math.floor((totalmem() * 0.6) / 2 ** 20)}MiB`}, '-j2'));

  it('run, alone, even when they want more than there is', () =>
    takeTurns({cpus: CPUS + 1, memory: '1000TiB'}, '-j2'));
});

describe('many runs on one store', () => {
  it('at the same time all end well, with the same bits', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('seq 1000 > outputs/out'),
      b: shell('mkdir outputs/out; cp inputs/x outputs/out/1; seq 2000 > outputs/out/2', {
        inputs: {x: from('a.out')},
        outputs: {out: {kind: 'files', type: 'tree'}},
      }),
      c: shell('cat inputs/x/* > outputs/out', {inputs: {x: from('b.out')}}),
    });
    const all = await Promise.all(Array.from({length: 8}, () => rig.run()));
    expect(all.map(({code}) => code)).toEqual(Array(8).fill(0));
    for (const ended of all) expect(digestsOf(ended)).toEqual(digestsOf(all[0] as Ended));
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
    expect(statesOf(await rig.run())).toEqual({a: 'cached', b: 'cached', c: 'cached'});
  });
});
