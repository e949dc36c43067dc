import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';
import {printed} from '../../testing/sample-project.ts';

/** Data, something that is made of it with a param, and something that only follows. */
const STAGES = {
  data: shell('printf "{\\"id\\":1}\\n" > outputs/out'),
  train: {uses: './train', inputs: {data: from('data.out')}, with: {rate: from('params.rate')}},
  score: shell('cat inputs/model > outputs/out', {inputs: {model: from('train.model')}}),
};

const TRAIN = {
  stage: 1,
  kind: 'train',
  command: ['sh', `\${stage}/train.sh`, `\${params.rate}`],
  params: {rate: {type: 'number'}},
  inputs: {data: {kind: 'text'}},
  outputs: {model: {kind: 'model', type: 'blob'}},
};

const PARAMS = {params: {rate: {type: 'number', default: 0.5}}};

async function project(script: string): Promise<Rig> {
  const rig = await openRig();
  rig.write({'train/stage.yaml': JSON.stringify(TRAIN), 'train/train.sh': script});
  rig.pipeline(STAGES, PARAMS);
  return rig;
}

async function run(rig: Rig, ...flags: readonly string[]): Promise<string> {
  expect((await rig.run('--no-cache', ...flags)).code).toBe(0);
  return readdirSync(join(rig.project, '.repro/runs')).sort().at(-1) ?? '';
}

describe('repro bisect, of stages without a trace', () => {
  it('finds the first stage that diverges, and what may be why; exit 3', async () => {
    await using rig = await project('echo "$1" > outputs/model');
    const [a, b] = [await run(rig), await run(rig, '-p', 'rate=0.25')];
    expect(await printed(rig, 'bisect', a, '--against', b)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  tiny · default · run <time> (<short>)

      train  equal inputs, other model
        the same bits in data
        model  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - 0.5
          + 0.25
        most likely  params  params.rate  0.5 → 0.25

      verdict  params
        train gave other results. What explains it: params: params.rate  0.5 → 0.25.
      [3]"
    `);
    expect(await printed(rig, 'bisect', a, '--against', b, '--stage', 'score')).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  tiny · default · run <time> (<short>)

      score  another input, other out
        the same bits in data
        also different by itself: train; --stage looks into one
        input model  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - 0.5
          + 0.25
        out  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - 0.5
          + 0.25
        most likely  input  inputs.model  <short> → <short>

      verdict  other weights at the start
        score gave other results. What explains it: input (other weights at the start): inputs.model  <short> → <short>.
      [3]"
    `);
  });

  it('finds nothing where all bits are the same, and says what differs all the same; exit 0', async () => {
    await using rig = await project('echo 1 > outputs/model');
    const [a, b] = [await run(rig), await run(rig, '-p', 'rate=0.25')];
    expect(await printed(rig, 'bisect', a, '--against', b)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  tiny · default · run <time> (<short>)

      nothing found: 3 stages with the same bits
        train  the same, though params  params.rate  0.5 → 0.25
      [0]"
    `);
    // What is told meanwhile on standard error comes in the order in which stages end.
    const alone = await rig.repro(['bisect', a]);
    expect(alone.code).toBe(0);
    expect(normalise(alone.stdout, rig)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  the same, as this machine executes it

      nothing found: 3 stages with the same bits
      "
    `);
  });

  it('of one run: against what this machine makes of it, also of a replay that found it already', async () => {
    await using rig = await project('date +%N > outputs/model');
    const a = await run(rig);
    const first = await rig.repro(['bisect', a]);
    const shown = (text: string) => normalise(text, rig).replaceAll(/\d{9}/g, '<time>');
    expect(first.code).toBe(3);
    expect(shown(first.stdout)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  the same, as this machine executes it

      train  equal inputs, other model
        the same bits in data, score
        model  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - <time>
          + <time>

      verdict  unknown
        train gave other results. No recorded difference explains it: something undeclared, or an operation that is not deterministic.
      "
    `);
    expect((await rig.repro(['replay', a])).code).toBe(3);
    const replayed = await rig.repro(['bisect', a]);
    expect(replayed).toMatchObject({code: 3, stderr: ''});
    expect(shown(replayed.stdout)).toBe(shown(first.stdout));
    expect(readdirSync(join(rig.store, 'tmp'))).toEqual([]);
  });

  it('refuses what there is none of; exit 2', async () => {
    await using rig = await project('echo 1 > outputs/model');
    expect(await printed(rig, 'bisect')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run has ended yet in <root>/project/.repro
        help: runs are in .repro/runs; a published one is named by its address
      [2]"
    `);
    const a = await run(rig);
    expect(await printed(rig, 'bisect', a, '--against', 'nothing')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run is called "nothing"
        help: runs are in .repro/runs; a published one is named by its address
      [2]"
    `);
    expect(await printed(rig, 'bisect', a, '--stage', 'tail')).toMatchInlineSnapshot(`
      "error[unknown-stage]: the run has no stage "tail"; its stages are data, train, score
      [2]"
    `);
  });
});
