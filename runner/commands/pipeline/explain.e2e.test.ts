import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig} from '../../testing/rig.ts';
import {PARAMS, printed, STAGES, sampleProject} from '../../testing/sample-project.ts';

describe('repro plan', () => {
  it('says what a run would do with each stage, why, and with which command', async () => {
    await using rig = await sampleProject();
    expect(await printed(rig, 'plan', 'p.yaml')).toMatchInlineSnapshot(`
      "tiny · profile default · seed 1 · 3 stages

      words  command  runs (no result is recorded for its key) <short>
          in bare, 1 cpu, 0.5 GiB
          sh -c 'printf hello > outputs/out'
          argv=["sh","-c","printf hello > outputs/out"]

      temperature  choose  runs after words
          in bare, 1 cpu
          sh -c 'echo '\\''{"chosen": 0.75}'\\'' > values.json'
          from=0.5

      train  train  runs after words, temperature
          in bare, 1 cpu
          sh stage/train.sh \\
            --words=inputs/words \\
            --learning-rate=0.001 \\
            --temperature=\${params.temperature} \\
            --a-long-option-that-makes-the-command-wrap=outputs/model
          rate=0.001 temperature=\${temperature.values.chosen}

      3 of 3 stages would run
      [0]"
    `);
    await rig.run();
    expect(await printed(rig, 'plan', 'p.yaml', '-p', 'rate=1e-5')).toMatchInlineSnapshot(`
      "tiny · profile default · seed 1 · 3 stages

      words  command  cached <short>
          in bare, 1 cpu, 0.5 GiB
          sh -c 'printf hello > outputs/out'
          argv=["sh","-c","printf hello > outputs/out"]

      temperature  choose  cached <short>
          in bare, 1 cpu
          sh -c 'echo '\\''{"chosen": 0.75}'\\'' > values.json'
          from=0.5

      train  train  runs (no result is recorded for its key, about <seconds>) <short>
          in bare, 1 cpu
          sh stage/train.sh \\
            --words=inputs/words \\
            --learning-rate=0.00001 \\
            --temperature=\${params.temperature} \\
            --a-long-option-that-makes-the-command-wrap=outputs/model
          rate=0.00001 temperature=\${temperature.values.chosen}

      1 of 3 stages would run, about <seconds> of work
      [0]"
    `);
    expect(await printed(rig, 'plan', 'p.yaml')).toContain(
      'all 3 stages are cached: a run has nothing to do',
    );
  });

  it('can be read where it can not be run', async () => {
    await using rig = await openRig();
    rig.pipeline(
      {a: shell('cat inputs/x > outputs/out', {inputs: {x: from('sources.x')}})},
      {
        sources: {x: {file: 'absent.txt', kind: 'text', sha256: 'unpinned'}},
      },
    );
    expect(await printed(rig, 'plan', 'p.yaml')).toMatchInlineSnapshot(`
      "tiny · profile default · seed 1 · 1 stage

      a  command
          in bare, 1 cpu
          sh -c 'cat inputs/x > outputs/out'
          argv=["sh","-c","cat inputs/x > outputs/out"]

      this can’t be run here as it stands: \`repro run\` says why
      warning[missing-file]: source "x" is the file absent.txt, which is not there
        p.yaml:15:15
          15 |       "file": "absent.txt",
             |               ^^^^^^^^^^^^
        help: a path is relative to the file that names it; put it there before you run

      warning[unpinned-source]: source "x" is not pinned: it can be planned, but not run
        p.yaml:17:17
          17 |       "sha256": "unpinned"
             |                 ^^^^^^^^^^
        help: \`repro lock\` fetches it, shows what it is, and pins it

      [0]"
    `);
    expect(await printed(rig, 'run', 'p.yaml')).toMatchInlineSnapshot(`
      "warning[missing-file]: source "x" is the file absent.txt, which is not there
        p.yaml:15:15
          15 |       "file": "absent.txt",
             |               ^^^^^^^^^^^^
        help: a path is relative to the file that names it; put it there before you run

      warning[unpinned-source]: source "x" is not pinned: it can be planned, but not run
        p.yaml:17:17
          17 |       "sha256": "unpinned"
             |                 ^^^^^^^^^^
        help: \`repro lock\` fetches it, shows what it is, and pins it

      error[missing-source]: source "x" does not exist: <root>/project/absent.txt
        p.yaml:14:5
          14 |     "x": {
             |     ^^^
        help: paths are relative to the pipeline file
      [2]"
    `);
  });
});

describe('repro why', () => {
  it('names the fields of the key that differ from the last run', async () => {
    await using rig = await sampleProject();
    expect(await printed(rig, 'why', 'p.yaml', 'words')).toMatchInlineSnapshot(`
      "words would run: no run of this project has a result of it
      [0]"
    `);
    await rig.run();
    expect(await printed(rig, 'why', 'p.yaml', 'train')).toMatchInlineSnapshot(`
      "train is cached: nothing in its key has changed
      [0]"
    `);
    expect(await printed(rig, 'why', 'p.yaml', 'train', '-p', 'rate=1')).toMatchInlineSnapshot(`
      "train would run, because its key has changed since the last run:
        command[3]  "--learning-rate=0.001" → "--learning-rate=1"
        params.rate  0.001 → 1
      [0]"
    `);
    rig.write({'train/train.sh': 'mkdir outputs/model'});
    rig.pipeline({...STAGES, words: shell('printf jello > outputs/out')}, PARAMS);
    expect(await printed(rig, 'why', 'p.yaml', 'words')).toMatchInlineSnapshot(`
      "words would run, because its key has changed since the last run:
        command[2]  "printf hello > outputs/out" → "printf jello > outputs/out"
        params.argv[2]  "printf hello > outputs/out" → "printf jello > outputs/out"
      [0]"
    `);
    expect(await printed(rig, 'why', 'p.yaml', 'train')).toMatchInlineSnapshot(`
      "train waits for words, temperature: if they give the same bytes as before, it is reused
      [0]"
    `);
    expect(await printed(rig, 'why', 'p.yaml', 'trian')).toMatchInlineSnapshot(`
      "error[unknown-stage]: no stage is called "trian"
        help: did you mean \`train\`?
      [2]"
    `);
  });
});

describe('repro show', () => {
  it('shows the last run, or one by its name or the start of its digest', async () => {
    await using rig = await sampleProject();
    expect(await printed(rig, 'show')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run has ended yet in <root>/project/.repro
        help: runs are in .repro/runs
      [2]"
    `);
    const {events} = await rig.run('-j1');
    expect(await printed(rig, 'show')).toMatchInlineSnapshot(`
      "tiny · profile default · seed 1 · succeeded
      run <digest>
      <time> · <seconds>

      words  executed <seconds>  key <digest>
          out  <digest>  5 B
      temperature  executed <seconds>  key <digest>
          chosen = 0.75
      train  executed <seconds>  key <digest>
          model  <digest>  120 B
      [0]"
    `);
    const finished = events.at(-1);
    const digest = finished?.event === 'run-finished' ? (finished.run ?? '') : '';
    const [name = ''] = readdirSync(join(rig.project, '.repro/runs'));
    const last = await printed(rig, 'show');
    expect(await printed(rig, 'show', digest.slice('sha256:'.length, 20))).toBe(last);
    expect(await printed(rig, 'show', digest)).toBe(last);
    expect(await printed(rig, 'show', name)).toBe(last);
    expect(await printed(rig, 'show', 'nothing')).toMatchInlineSnapshot(`
      "error[unknown-run]: no run is called "nothing"
        help: runs are in .repro/runs
      [2]"
    `);
    expect(JSON.parse((await rig.repro(['show', '--json'])).stdout)).toMatchObject({
      run: 2,
      outcome: 'succeeded',
    });
  });

  it('shows what failed and what was left out', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('exit 3'), b: shell('cat inputs/x', {inputs: {x: from('a.out')}})});
    await rig.run();
    expect(await printed(rig, 'show')).toMatchInlineSnapshot(`
      "tiny · profile default · seed 1 · failed
      run <digest>
      <time> · <seconds>

      a  failed: its program ended with exit code 3
      b  skipped: a has no result
      [0]"
    `);
  });
});
