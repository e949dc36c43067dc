import {existsSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {shell} from './pipeline-text.ts';
import {openRig} from './rig.ts';

/** Says that it has started, then does nothing for as long as it may. */
const LINGER = `echo '{"step": 1}' > progress.jsonl; sleep 1000`;

describe('the rig', () => {
  it('runs the real command line on a project of its own, and reads its events', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    const ended = await rig.run();
    expect(ended).toMatchObject({code: 0, stderr: ''});
    expect(ended.events.map(({event}) => event)).toEqual([
      'run-started',
      'stage-started',
      'stage-finished',
      'run-finished',
    ]);
    expect(rig.transcript()).toContain('$ repro run p.yaml --json\n{"at":');
  });

  for (const sandbox of ['auto', 'none']) {
    it(`sees the processes of a stage, --sandbox ${sandbox}, and leaves none when it goes, nor a file`, async () => {
      let root: string;
      {
        await using rig = await openRig();
        root = rig.root;
        rig.pipeline({a: shell(`chmod 500 outputs; ${LINGER}`)});
        const running = rig.start(['run', 'p.yaml', '--json', '--sandbox', sandbox]);
        await running.event('stage-progress', {stage: 'a'});
        expect(rig.processes().map(({words}) => words)).toContain('sleep 1000');
        running.signal('SIGKILL');
      }
      expect(existsSync(root)).toBe(false);
    });
  }

  it('says what was printed when an awaited event never comes', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf hello > outputs/out')});
    const running = rig.start(['run', 'p.yaml', '--json']);
    await expect(running.event('stage-started', {stage: 'b'})).rejects.toThrow(
      /waited for stage-started {"stage":"b"}, and it ended first:\n\$ repro run p\.yaml --json\n{"at"/,
    );
  });
});
