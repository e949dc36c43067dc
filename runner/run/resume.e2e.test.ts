import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import type {Receipt3} from '../../schemas/receipt.ts';
import {plainSteps, traceLines} from '../compare/testing/write-trace.ts';
import {statesOf} from '../testing/events.ts';
import {needsBubblewrap} from '../testing/needs-bubblewrap.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

/**
 * Counts to ten, a step at a time, and goes on from its last checkpoint; a trace line and a metric for each step.
 * The fourth step waits, unless it is a second attempt at it, so that a test can stop it there.
 */
const TRACE = traceLines(plainSteps(10, ['loss']), ['loss']);

const COUNTING = `
line() { sed -n "$(($1 + 1))p" <<'TRACE'
${TRACE.join('\n')}
TRACE
}
n=$(cat resume/n 2>/dev/null || echo 0)
trap 'echo told at $n; exit 75' TERM
while [ $n -lt 10 ]; do
  n=$((n+1))
  echo '{"step": '$n'}' >> metrics.jsonl
  [ $n -gt 1 ] || line 0 > trace.jsonl
  line $n >> trace.jsonl
  echo $n > resume/n.new; mv resume/n.new resume/n
  if [ $n = 4 ]; then touch resume/waited; echo '{"step": 4}' > progress.jsonl; while :; do sleep 0.02; done; fi
done
echo counted to $n > outputs/out
`;

const UNDISTURBED = COUNTING.replace(/ {2}if .*\n/, '');

async function stoppedAtFour(
  rig: Rig,
  signal: 'SIGINT' | 'SIGTERM' | 'SIGUSR1' | 'SIGKILL',
  ...flags: string[]
) {
  rig.pipeline({count: shell(COUNTING)});
  const running = rig.start(['run', 'p.yaml', '--json', ...flags]);
  await running.event('stage-progress', {stage: 'count'});
  running.signal(signal);
  return running.end();
}

async function receiptOf(rig: Rig): Promise<Receipt3> {
  const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
  return record.stages[0].receipt;
}

function kept(rig: Rig): readonly string[] {
  const folder = join(rig.store, 'checkpoints/v1');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe.each(['bubblewrap', 'none'] as const)('with --sandbox %s, a stage', (sandbox) => {
  beforeEach((context) => {
    if (sandbox === 'bubblewrap') needsBubblewrap(context);
  });

  it.each([
    ['SIGINT', 'told'],
    ['SIGTERM', 'told'],
    ['SIGUSR1', 'told'],
    ['SIGKILL', 'killed'],
  ] as const)('stopped by %s goes on from its checkpoint in the next run', async (signal, how) => {
    await using rig = await openRig();
    const stopped = await stoppedAtFour(rig, signal, '--sandbox', sandbox);
    expect(stopped.code).toBe({SIGKILL: 137, SIGUSR1: 75, SIGINT: 130, SIGTERM: 130}[signal]);
    expect(kept(rig)).toHaveLength(signal === 'SIGKILL' ? 0 : 1);

    const next = await rig.run('--sandbox', sandbox);
    expect(statesOf(next)).toEqual({count: 'executed'});
    expect(kept(rig)).toEqual([]);
    const receipt = await receiptOf(rig);
    expect(receipt).toMatchObject({receipt: 3, execution: {resumed: 1, interruptions: [{how}]}});
    const steps = Array.from({length: 10}, (_, i) => i + 1);
    expect(rig.object(receipt.outputs.out?.digest ?? '')).toBe('counted to 10\n');
    expect(rig.object(receipt.execution.metrics ?? '')).toBe(steps.map((n) => `{"step": ${n}}\n`).join(''));
    expect(rig.object(receipt.execution.trace ?? '')).toBe(TRACE.map((line) => `${line}\n`).join(''));
  });

  it('that is executed to be compared starts from the beginning', async () => {
    await using rig = await openRig();
    await stoppedAtFour(rig, 'SIGINT', '--sandbox', sandbox);
    const again = rig.start(['run', 'p.yaml', '--json', '--no-cache', '--sandbox', sandbox]);
    await again.event('stage-progress', {stage: 'count', step: 4});
    again.signal('SIGINT');
    await again.end();
  });
});

describe('a checkpoint', () => {
  it('is of one key: another stage does not go on from it', async () => {
    await using rig = await openRig();
    await stoppedAtFour(rig, 'SIGINT');
    rig.pipeline({count: shell(UNDISTURBED)});
    expect(statesOf(await rig.run())).toEqual({count: 'executed'});
    expect((await receiptOf(rig)).execution).toMatchObject({resumed: 0, interruptions: []});
    expect(kept(rig)).toHaveLength(1);
  });

  it('of a stage that failed by itself is not what it goes on from without getting further', async () => {
    await using rig = await openRig();
    rig.pipeline({count: shell('[ -e resume/n ] || echo 1 > resume/n; exit 3')});
    for (const count of [1, 0]) {
      expect((await rig.run()).code).toBe(1);
      expect(kept(rig)).toHaveLength(count);
    }
  });

  it('is worth an attempt less: a stage that was killed goes on within the run', async () => {
    await using rig = await openRig();
    rig.pipeline({
      count: shell(
        'if [ -e resume/n ]; then echo went on > outputs/out; else echo 1 > resume/n; kill -9 $$; fi',
        {
          retries: 1,
        },
      ),
    });
    expect((await rig.run()).code).toBe(0);
    const receipt = await receiptOf(rig);
    expect(receipt.execution).toMatchObject({attempts: 2, resumed: 1, interruptions: [{how: 'killed'}]});
  });
});

it('a stage that leaves the same checkpoint again and again is going in circles; one that goes on is not', async () => {
  await using rig = await openRig();
  const onwards =
    'n=$(cat resume/n 2>/dev/null || echo 0); [ $n -lt 60 ] || { echo $n > outputs/out; exit 0; }; ';
  rig.pipeline({
    circles: shell('echo same > resume/n; exit 75'),
    onwards: shell(`${onwards}echo $((n+1)) > resume/n; exit 75`),
  });
  const ended = await rig.run('--keep-going', '--sandbox', 'none');
  expect(statesOf(ended)).toEqual({circles: 'never-finished', onwards: 'executed'});
});
