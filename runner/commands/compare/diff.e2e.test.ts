import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';
import {printed} from '../../testing/sample-project.ts';

const STAGES = {
  data: shell('printf "{\\"id\\":1}\\n{\\"id\\":2}\\n" > outputs/out'),
  train: {
    uses: './train',
    inputs: {data: from('data.out')},
    with: {rate: from('params.rate')},
  },
  score: shell('cat inputs/model/weights > outputs/out', {inputs: {model: from('train.model')}}),
};

const TRAIN = {
  stage: 1,
  kind: 'train',
  command: ['sh', `\${stage}/train.sh`, `\${params.rate}`],
  params: {rate: {type: 'number'}},
  inputs: {data: {kind: 'text'}},
  outputs: {model: {kind: 'model', type: 'tree'}},
};

/** A project that was run with two rates, and the names of the runs. */
async function runTwice(rig: Rig): Promise<readonly [string, string]> {
  rig.write({
    'train/stage.yaml': JSON.stringify(TRAIN),
    'train/train.sh': 'mkdir outputs/model; echo "$1" > outputs/model/weights; echo x > outputs/model/config',
  });
  rig.pipeline(STAGES, {params: {rate: {type: 'number', default: 0.5}}});
  await rig.run();
  await rig.run('-p', 'rate=0.25');
  const [a = '', b = ''] = readdirSync(join(rig.project, '.repro/runs')).sort();
  return [a, b];
}

describe('repro diff', () => {
  it('says where two runs, stages and outputs differ; exit 3', async () => {
    await using rig = await openRig();
    const [a, b] = await runTwice(rig);
    expect(await printed(rig, 'diff', a, b)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  tiny · default · run <time> (<short>)

      first divergence
        train  equal inputs, other model
          most likely  params  params.rate  0.5 → 0.25
          model  1 of 2 shared files differs
            weights  1 line removed, 1 added, from line 1 on
              @ 1 → 1
              - 0.5
              + 0.25

      data   same
      train  different  params
      score  follows from train

      run
        params.rate  0.5 → 0.25

      no recorded fact of the machines differs

      look closer: repro diff A:train.model B:train.model
      [3]"
    `);
    expect(await printed(rig, 'diff', `${a}:train`, `${b}:train`)).toMatchInlineSnapshot(`
      "a  <time>:train
      b  <time>:train

      other model
        most likely  params  params.rate  0.5 → 0.25
        model  1 of 2 shared files differs
          weights  1 line removed, 1 added, from line 1 on
            @ 1 → 1
            - 0.5
            + 0.25
       <seconds> and <seconds>
      [3]"
    `);
    expect(await printed(rig, 'diff', `${a}:train.model`, `${b}:train.model`)).toMatchInlineSnapshot(`
      "a  <time>:train.model (<short>)
      b  <time>:train.model (<short>)

      1 of 2 shared files differs
        weights  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - 0.5
          + 0.25
      [3]"
    `);
    expect(readdirSync(join(rig.store, 'tmp'))).toEqual([]);
  });

  it('finds the same bits the same; exit 0', async () => {
    await using rig = await openRig();
    const [a, b] = await runTwice(rig);
    expect(await printed(rig, 'diff', `${a}:data.out`, `${b}:data.out`)).toMatchInlineSnapshot(`
      "a  <time>:data.out (<short>)
      b  <time>:data.out (<short>)

      the same
      [0]"
    `);
    const again = await rig.run('-p', 'rate=0.25', '--no-cache');
    expect(again.code).toBe(0);
    const last = readdirSync(join(rig.project, '.repro/runs')).sort().at(-1) ?? '';
    expect(await printed(rig, 'diff', b, last)).toMatchInlineSnapshot(`
      "a  tiny · default · run <time> (<short>)
      b  tiny · default · run <time> (<short>)

      the same bits in every stage

      data   same <seconds> and <seconds>
      train  same <seconds> and <seconds>
      score  same <seconds> and <seconds>
      [0]"
    `);
  });

  it('takes digests, and files and folders where they are', async () => {
    await using rig = await openRig();
    const [a] = await runTwice(rig);
    const record = JSON.parse(rig.read(`.repro/runs/${a}/record.json`)) as {
      readonly stages: readonly {
        readonly receipt: {readonly outputs: Readonly<Record<string, {digest: string}>>};
      }[];
    };
    const model = record.stages[1]?.receipt.outputs.model?.digest ?? '';
    rig.write({'mine/weights': '0.5\n', 'mine/config': 'y\n'});
    expect(await printed(rig, 'diff', model, 'mine')).toMatchInlineSnapshot(`
      "a  <digest>
      b  mine

      1 of 2 shared files differs
        config  1 line removed, 1 added, from line 1 on
          @ 1 → 1
          - x
          + y
      [3]"
    `);
    const ended = await rig.repro(['diff', '--json', 'mine/config', 'mine/weights']);
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout)).toMatchInlineSnapshot(`
      {
        "a": "mine/config",
        "b": "mine/weights",
        "diff": 1,
        "found": {
          "changes": {
            "added": 1,
            "hunks": [
              {
                "added": [
                  "0.5
      ",
                ],
                "at": [
                  1,
                  1,
                ],
                "removed": [
                  "y
      ",
                ],
              },
            ],
            "removed": 1,
          },
          "firstLine": 1,
          "kind": "text",
          "lines": [
            1,
            1,
          ],
        },
        "same": false,
      }
    `);
  });

  it('refuses what it does not know, and what can’t be compared; exit 2', async () => {
    await using rig = await openRig();
    const [a] = await runTwice(rig);
    const told = await Promise.all([
      printed(rig, 'diff', 'nothing', a),
      printed(rig, 'diff', `${a}:train.wings`, `${a}:tail`),
      printed(rig, 'diff', a, 'p.yaml'),
      printed(rig, 'diff', a, `sha256:${'0'.repeat(64)}`),
    ]);
    expect(normalise(told.join('\n\n'), rig)).toMatchInlineSnapshot(`
      "error[unknown-thing]: nothing is called "nothing": no file or folder, and no run
        help: give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders
      [2]

      error[unknown-thing]: <time> has no stage or output "train.wings"; train gave model
        help: give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders

      error[unknown-thing]: <time> has no stage or output "tail"; its stages are data, train, score
        help: give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders
      [2]

      error[unknown-thing]: a run and a file can’t be compared
        help: give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders
      [2]

      error[unknown-thing]: the store does not have <digest>
        help: give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders
      [2]"
    `);
  });
});
