import {availableParallelism, totalmem} from 'node:os';
import {describe, expect, it} from 'vitest';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Ended} from '../testing/cli-process.ts';
import {digestsOf, eventsOf, statesOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

/**
 * Runs two stages that do not depend on each other, and says whether they met: each leaves a mark where the
 * other can see it, for as long as it is at work, and looks for the other's. The first one waits for it:
 * long enough, or shortly where it should not come.
 */
async function runTwo(resources: Resources, patience: number, ...flags: readonly string[]): Promise<string> {
  await using rig = await openRig();
  const script = (own: string, other: string) =>
    [
      `touch ${rig.root}/${own}; answer=alone`,
      `for i in $(seq ${patience * 20}); do test -e ${rig.root}/${other} && answer=met && break; sleep 0.05; done`,
      // Whoever sees the other first leaves its mark for long enough to be seen.
      `test $answer = alone || sleep 1; rm ${rig.root}/${own}; printf $answer > outputs/out`,
    ].join('\n');
  rig.pipeline({a: shell(script('a', 'b'), {resources}), b: shell(script('b', 'a'), {resources})});
  const ended = await rig.run('--sandbox', 'none', ...flags);
  expect(statesOf(ended)).toEqual({a: 'executed', b: 'executed'});
  const answers = eventsOf(ended, 'stage-finished').map(({outputs}) => rig.object(outputs.out?.digest ?? ''));
  expect(new Set(answers).size).toBe(1);
  return answers[0] ?? '';
}

type Resources = Readonly<Record<string, Json>>;

const LONG = 20;
const SHORT = 1;
const CPUS = availableParallelism();

describe('stages that do not depend on each other', () => {
  it('run at the same time, as many as --jobs allows', async (context) => {
    context.skip(CPUS === 1, 'NOT TESTED: this machine has one CPU');
    expect(await runTwo({}, LONG, '-j2')).toBe('met');
    expect(await runTwo({}, SHORT, '-j1')).toBe('alone');
  });

  it('share the CPUs of the machine: two that want all of them take turns', async () => {
    expect(await runTwo({cpus: CPUS}, SHORT, '-j2')).toBe('alone');
  });

  it('share its memory: two that want more than half of it take turns', async () => {
    const most = `${Math.floor((totalmem() * 0.6) / 2 ** 20)}MiB`;
    expect(await runTwo({memory: most}, SHORT, '-j2')).toBe('alone');
  });

  it('run, alone, even when they want more than there is', async () => {
    expect(await runTwo({cpus: CPUS + 1, memory: '1000TiB'}, SHORT, '-j2')).toBe('alone');
  });
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
