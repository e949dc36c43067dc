import {readdirSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {eventsOf, statesOf} from '../testing/events.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const STAGES = {a: shell('printf hello > outputs/out'), b: shell('printf hello > outputs/out # b')};

/** What is there beside the environment itself and its log. */
function growing(rig: Rig): readonly string[] {
  return readdirSync(rig.environments).filter(
    (name) => !/^v\d+-[0-9a-f]{64}-cp3\.\d+\.\d+(\.log|\.looks)?$/.test(name),
  );
}

describe('an environment', () => {
  it('is built once for all stages, also after its builder was killed or interrupted', async () => {
    await using rig = await openRig({ownEnvironments: true});
    rig.pipeline(STAGES);
    const killed = rig.start(['run', 'p.yaml', '--json']);
    await killed.event('environment-building');
    while (growing(rig).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    killed.signal('SIGKILL');
    await killed.end();
    // An installer may outlive the runner that started it; what it works on is nobody's.
    await rig.killAll();
    expect(growing(rig)).toHaveLength(1);

    const interrupted = rig.start(['run', 'p.yaml', '--json']);
    await interrupted.event('environment-building');
    interrupted.signal('SIGINT');
    const ended = await interrupted.end();
    expect(ended.code).toBe(130);
    expect(eventsOf(ended, 'environment-ready')).toEqual([]);
    expect(Object.values(statesOf(ended))).not.toContain('environment');

    const built = await rig.run();
    expect(built.code).toBe(0);
    expect(eventsOf(built, 'environment-building')).toHaveLength(1);
    expect(eventsOf(built, 'environment-ready')).toHaveLength(1);
    expect(growing(rig)).toEqual([]);
    expect(eventsOf(await rig.run('--no-cache'), 'environment-building')).toEqual([]);
  });

  it('that can not be built fails its stages, says why, and leaves nothing half built', async () => {
    await using rig = await openRig({ownEnvironments: true});
    rig.pipeline(STAGES);
    const hash = '0'.repeat(64);
    rig.write({'bare.lock.txt': `no-such-package-at-all==1 --hash=sha256:${hash}\n`});
    const ended = await rig.run();
    expect(ended.code).toBe(1);
    expect(eventsOf(ended, 'environment-ready')).toEqual([]);
    const [failed] = eventsOf(ended, 'stage-failed');
    expect(failed?.failure).toMatchObject({
      code: 'environment',
      environment: 'bare',
      why: expect.stringMatching(
        /^pip could not install project\/bare\.lock\.txt:(.|\n)*no-such-package-at-all==1: no index or folder that pip knows/,
      ),
    });
    expect(readdirSync(rig.environments).filter((name) => !name.endsWith('.log'))).toEqual([]);
  });
});
