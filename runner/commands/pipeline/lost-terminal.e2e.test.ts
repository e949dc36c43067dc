import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {atTerminal} from '../../testing/at-terminal.ts';
import {shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';
import {ROOT} from '../../testing/source-files.ts';

const RUN = ['run', 'p.yaml', '--no-cache'];
/** The mark of a running stage: the terminal goes while it runs. */
const RUNNING = '●';

function outcomes(rig: Rig): readonly string[] {
  const runs = readdirSync(join(rig.project, '.repro/runs')).sort();
  return runs.map((run) => JSON.parse(rig.read(`.repro/runs/${run}/record.json`)).outcome as string);
}

describe('a terminal that goes away', () => {
  it('interrupts a run, which ends in order and is recorded', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('sleep 3; echo 1 > outputs/out')});
    const ended = await rig.repro(RUN, {through: atTerminal('hangs-up', RUNNING)});
    expect(ended.code).toBe(130);
    expect(outcomes(rig)).toEqual(['interrupted']);
  });

  it('takes nothing with it where the run was started with nohup', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('sleep 1; echo 1 > outputs/out'), b: shell('exit 7')});
    const launched = ['sh', '-c', `shift 2; exec ${join(ROOT, 'repro')} "$@"`, 'sh'];
    const through = [...atTerminal('hangs-up-ignored', RUNNING), ...launched];
    const ended = await rig.repro([...RUN, '--keep-going'], {through});
    expect(ended.code).toBe(1);
    expect(outcomes(rig)).toEqual(['failed']);
  });
});
