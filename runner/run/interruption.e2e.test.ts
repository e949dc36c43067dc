import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import type {CliProcess} from '../testing/cli-process.ts';
import {eventsOf, statesOf} from '../testing/events.ts';
import {needsBubblewrap} from '../testing/needs-bubblewrap.ts';
import {from, type StageText, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';
import {ToldStage, told} from '../testing/told-stage.ts';

const SANDBOXES = ['bubblewrap', 'none'] as const;

/** Says that it runs, with children that leave its session and its process group. */
const LINGER = `echo '{"step": 1}' > progress.jsonl; setsid sleep 1000 & setsid -f sleep 1001; sleep 1002`;

/** Runs until the second stage is at work. */
async function started(rig: Rig, b: string | StageText, ...flags: readonly string[]): Promise<CliProcess> {
  rig.pipeline(pipelineWith(b));
  const running = rig.start(['run', 'p.yaml', '--json', ...flags]);
  // A script says that it is; a stage that is told what to do, to whom it listens.
  if (typeof b === 'string') await running.event('stage-progress', {stage: 'b'});
  else await running.event('stage-started', {stage: 'b'});
  return running;
}

function pipelineWith(b: string | StageText) {
  return {
    a: shell('printf hello > outputs/out'),
    b: {...(typeof b === 'string' ? shell(b) : b), inputs: {x: from('a.out')}},
    c: shell('cat inputs/x > outputs/out', {inputs: {x: from('b.out')}}),
  };
}

describe.each(SANDBOXES)('with --sandbox %s', (sandbox) => {
  beforeEach((context) => {
    if (sandbox === 'bubblewrap') needsBubblewrap(context);
  });

  it('Ctrl-C stops cleanly: 130, a record of what was done, no process left, and the next run goes on', async () => {
    await using rig = await openRig();
    const running = await started(
      rig,
      `echo '{"step": 1}' > progress.jsonl; sleep 1000`,
      '--sandbox',
      sandbox,
    );
    running.signal('SIGINT');
    const ended = await running.end();
    expect(ended.code).toBe(130);
    expect(statesOf(ended)).toEqual({a: 'executed', b: 'interrupted', c: 'skipped: upstream-failed'});
    expect(await rig.survivors()).toEqual([]);
    const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
    expect(record.outcome).toBe('interrupted');
    expect(record.stages.map(({state}: {state: string}) => state)).toEqual(['executed', 'failed', 'skipped']);

    rig.pipeline(pipelineWith('printf done > outputs/out'));
    const next = await rig.run('--sandbox', sandbox);
    expect(next.code).toBe(0);
    expect(statesOf(next)).toEqual({a: 'cached', b: 'executed', c: 'executed'});
    expect(leftovers(rig)).toEqual([]);
  });

  it('a stage that is asked to end has time to do so', async () => {
    await using rig = await openRig();
    const running = await started(rig, told('b'), '--sandbox', sandbox);
    using stage = await ToldStage.begun(rig, 'b', running);
    running.signal('SIGTERM');
    await stage.hears({signal: 'SIGTERM'});
    await stage.write('/dev/stderr', 'ended well\n');
    stage.exit(0);
    const ended = await running.end();
    expect(ended.code).toBe(130);
    expect(eventsOf(ended, 'stage-failed')).toMatchObject([
      {stage: 'b', failure: {code: 'interrupted'}, lines: expect.arrayContaining(['ended well'])},
    ]);
  });

  it('a second Ctrl-C stops at once, whatever the stage thinks of it', async () => {
    await using rig = await openRig();
    const running = await started(rig, told('b'), '--sandbox', sandbox);
    using stage = await ToldStage.begun(rig, 'b', running);
    running.signal('SIGINT');
    await running.event('interrupted', {how: 'cleanly'});
    // It has heard that it should end, and does not.
    await stage.hears({signal: 'SIGTERM'});
    running.signal('SIGINT');
    const ended = await running.end();
    expect(ended.code).toBe(130);
    expect(eventsOf(ended, 'interrupted').map(({how}) => how)).toEqual(['cleanly', 'now']);
    expect(await rig.survivors()).toEqual([]);
  });

  it('killing the runner ends its stages, and the next run cleans up after it', async () => {
    await using rig = await openRig();
    const script = sandbox === 'bubblewrap' ? LINGER : `echo '{"step": 1}' > progress.jsonl; sleep 1000`;
    const running = await started(rig, script, '--sandbox', sandbox);
    running.signal('SIGKILL');
    expect((await running.end()).code).toBe(137);
    expect(await rig.survivors()).toEqual([]);
    expect(leftovers(rig)).not.toEqual([]);

    rig.pipeline(pipelineWith('printf done > outputs/out'));
    const next = await rig.run('--sandbox', sandbox);
    expect(next.code).toBe(0);
    expect(statesOf(next)).toEqual({a: 'cached', b: 'executed', c: 'executed'});
    expect(leftovers(rig)).toEqual([]);
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
  });

  it('killing the process that starts stages fails them, and leaves none', async () => {
    await using rig = await openRig();
    const running = await started(
      rig,
      `echo '{"step": 1}' > progress.jsonl; sleep 1000`,
      '--sandbox',
      sandbox,
    );
    const spawner = rig.processes().find(({words}) => words.includes('spawner.py'));
    process.kill(spawner?.pid ?? 0, 'SIGKILL');
    const ended = await running.end();
    // Lost through no fault of theirs: worth trying again.
    expect(ended.code).toBe(75);
    expect(statesOf(ended)).toMatchObject({a: 'executed', b: 'lost'});
    expect(await rig.survivors()).toEqual([]);
  });

  it('a stage that ends leaves nothing running', async () => {
    await using rig = await openRig();
    // Without a sandbox, what gives itself a session of its own gets away.
    const children = sandbox === 'bubblewrap' ? 'setsid -f sleep 1000; sleep 1001 &' : 'sleep 1001 &';
    rig.pipeline({a: shell(`${children} printf x > outputs/out`)});
    const ended = await rig.run('--sandbox', sandbox);
    expect(ended.code).toBe(0);
    expect(await rig.survivors()).toEqual([]);
  });
});

describe('without a sandbox', () => {
  it.each([
    ['can be found', ''],
    ['hides, without the environment by which it would be known', 'env -i '],
  ])('what a stage leaves running that %s can not write into the next one', async (_, hiding) => {
    await using rig = await openRig();
    // It waits until its directory is cleared away, then writes wherever it could.
    const outlast =
      ': > escaped; while [ -e escaped ]; do :; done; while :; do echo evil > outputs/out; echo evil > $PWD/outputs/out; done';
    const script = `(${hiding}setsid sh -c '${outlast}' > /dev/null 2>&1 &); while [ ! -e escaped ]; do :; done`;
    rig.pipeline({
      a: shell(`printf x > outputs/out; ${script}`),
      b: shell('for i in $(seq 20); do printf good > outputs/out; sleep 0.05; cat outputs/out; done', {
        inputs: {x: from('a.out')},
      }),
    });
    const ended = await rig.run('-j1', '--sandbox', 'none');
    const finished = eventsOf(ended, 'stage-finished').find(({stage}) => stage === 'b');
    expect(rig.object(finished?.outputs.out?.digest ?? '')).toBe('good');
    expect(eventsOf(ended, 'stage-failed')).toEqual([]);
    expect(rig.log('b')).toBe('good'.repeat(20));
  });
});

describe('the lock that nobody needs', () => {
  it('is not there: two runs of a project at the same time do not wait for each other', async () => {
    await using rig = await openRig();
    const first = await started(rig, `echo '{"step": 1}' > progress.jsonl; sleep 1000`);
    rig.write({
      'q.yaml': JSON.stringify({
        ...JSON.parse(rig.read('p.yaml')),
        name: 'other',
        stages: {z: shell('printf z > outputs/out')},
      }),
    });
    expect((await rig.repro(['run', 'q.yaml'])).code).toBe(0);
    expect(first.hasEnded).toBe(false);
    first.signal('SIGINT');
    expect((await first.end()).code).toBe(130);
  });
});

/** What a run has lying about while it works. */
function leftovers({layout}: Rig): readonly string[] {
  return [layout.temporary, join(layout.root, 'scratch')].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder) : [],
  );
}
