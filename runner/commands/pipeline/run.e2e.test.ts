import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {shell} from '../../testing/pipeline-text.ts';
import {openRig} from '../../testing/rig.ts';
import {printed, sampleProject} from '../../testing/sample-project.ts';

/** What is printed names the sandbox, and not every machine has one. */
const RUN = ['run', 'p.yaml', '--sandbox', 'none'];

describe('repro run', () => {
  it('prints a line for what happened, and nothing that moves, when nobody watches', async () => {
    await using rig = await sampleProject();
    expect(await printed(rig, ...RUN, '-j1')).toMatchInlineSnapshot(`
      "tiny · profile default · 3 stages · sandbox none
      words        started
      words        executed <seconds>  out <short>
      temperature  started
      temperature  executed <seconds>  chosen 0.75
      train        started
      train        executed <seconds>  model <short>

      3 stages done in <seconds>: 3 executed
      run <digest>
      [0]"
    `);
    expect(await printed(rig, ...RUN, '-j1')).toMatchInlineSnapshot(`
      "3 stages cached, nothing to do; saved <seconds>
      [0]"
    `);
  });

  it('uses colours where they are asked for, and never against NO_COLOR', async () => {
    await using rig = await openRig({variables: {FORCE_COLOR: '1'}});
    rig.pipeline({a: shell('printf hello > outputs/out')});
    expect(await printed(rig, ...RUN)).toMatchInlineSnapshot(`
      "<1m>tiny<22m> · profile default · 1 stage · sandbox none
      a  started
      a  <32m>executed<39m> <seconds>  <2m>out <short><22m>

      <32m>1 stage done<39m> in <seconds>: 1 executed
      <2m>run <digest><22m>
      [0]"
    `);
    const plain = await rig.repro(['run', 'p.yaml', '--no-cache'], {variables: {NO_COLOR: '1'}});
    expect(plain.stdout).not.toContain('\u001b');
  });

  it('with --dry-run is a plan, and does nothing', async () => {
    await using rig = await sampleProject();
    expect(await printed(rig, 'run', 'p.yaml', '--dry-run')).toBe(await printed(rig, 'plan', 'p.yaml'));
    expect(readdirSync(join(rig.project, '.repro'))).not.toContain('runs');
  });

  it('keeps the events that it prints with --json in the folder of the run', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    const {stdout} = await rig.run();
    const [run = ''] = readdirSync(join(rig.project, '.repro/runs'));
    expect(readFileSync(join(rig.project, '.repro/runs', run, 'events.ndjson'), 'utf8')).toBe(stdout);
  });

  it('shows how long stages took before, and adds up what was saved', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('sleep 1; printf hello > outputs/out')});
    await rig.run();
    expect(JSON.parse(rig.read('.repro/timings.json'))).toEqual({a: expect.any(Number)});
    const again = await rig.repro(RUN);
    expect(again.stdout).toMatch(/1 stage done in \d+\.\d s: 1 cached, saved \d+\.\d s/);
  });
});
