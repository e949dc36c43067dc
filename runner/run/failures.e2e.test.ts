import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import type {Ended} from '../testing/cli-process.ts';
import {eventsOf, statesOf} from '../testing/events.ts';
import {normalise} from '../testing/normalise.ts';
import {from, type StageText, shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

/** A kind of its own that computes one value. */
function stageWithValue(kind: string, script: string, type: string): Readonly<Record<string, string>> {
  return {
    [`${kind}/stage.yaml`]: JSON.stringify({
      stage: 1,
      kind,
      description: 'Gives a value.',
      command: ['sh', '-c', script],
      values: {answer: {type}},
    }),
  };
}

async function failureOf(stage: StageText): Promise<Ended> {
  await using rig = await openRig();
  rig.pipeline({a: stage});
  const ended = await rig.run();
  expect(ended.code).toBe(1);
  return ended;
}

describe('a stage that fails', () => {
  it('is shown with its exit code, its last words, where the rest is, and what is known to help', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('for i in $(seq 30); do echo line $i; done; echo no luck >&2; exit 7')});
    const ended = await rig.repro(['run', 'p.yaml', '--sandbox', 'none']);
    expect(ended.code).toBe(1);
    expect(normalise(ended.stdout, rig)).toMatchInlineSnapshot(`
      "tiny · profile default · 1 stage · sandbox none
      a  started
      failed: a: its program ended with exit code 7

        │ line 12
        │ line 13
        │ line 14
        │ line 15
        │ line 16
        │ line 17
        │ line 18
        │ line 19
        │ line 20
        │ line 21
        │ line 22
        │ line 23
        │ line 24
        │ line 25
        │ line 26
        │ line 27
        │ line 28
        │ line 29
        │ line 30
        │ no luck

        log:  <root>/project/.repro/runs/<time>/logs/a.log
        its folder is kept: <root>/cache/repro/store/failed/v1/<short>~a/scratch
        help: run again when it is mended: finished stages are cached

      failed in <seconds>: 1 failed
      run <digest>
      "
    `);
    const [log = ''] = /\S+a\.log/.exec(ended.stdout) ?? [];
    expect(readFileSync(log, 'utf8')).toMatch(/^(line \d+\n){30}no luck\n$/);
  });

  it('is told apart: not there, killed, too slow, never done', async () => {
    const absent = {uses: 'command', with: {argv: ['no-such-program', '--now']}};
    expect(eventsOf(await failureOf(absent), 'stage-failed')).toMatchObject([
      {failure: {code: 'not-started', program: 'no-such-program'}},
    ]);
    expect(eventsOf(await failureOf(shell('kill -SEGV $$')), 'stage-failed')).toMatchObject([
      {failure: {code: 'signalled', signal: 11}},
    ]);
    expect(
      eventsOf(await failureOf(shell('sleep 1000', {resources: {time: '1s'}})), 'stage-failed'),
    ).toMatchObject([{failure: {code: 'timed-out', seconds: 1}}]);
  });

  it('is not one that has a month to do its work', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('sleep 0.5; printf x > outputs/out', {resources: {time: '30d'}})});
    expect(statesOf(await rig.run())).toEqual({a: 'executed'});
  });

  it('can not command the terminal with what it printed', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell(`printf 'step 1\\rstep 2\\r\\033[2J\\033[31mred\\a\\n'; exit 1`)});
    const {stdout} = await rig.repro(['run', 'p.yaml']);
    expect(stdout).toContain('\n  │ ·[2J·[31mred·\n');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('stops the run: what does not depend on it is not begun', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('exit 1'),
      b: shell('cat inputs/x > outputs/out', {inputs: {x: from('a.out')}}),
      z: shell('printf z > outputs/out'),
    });
    const ended = await rig.run('-j1');
    expect(ended.code).toBe(1);
    expect(statesOf(ended)).toEqual({
      a: 'exited',
      b: 'skipped: upstream-failed',
      z: 'skipped: stopped-after-failure',
    });
  });

  it('does not stop what does not depend on it with --keep-going', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('exit 1'),
      b: shell('cat inputs/x > outputs/out', {inputs: {x: from('a.out')}}),
      z: shell('printf z > outputs/out'),
    });
    const ended = await rig.run('-j1', '--keep-going');
    expect(ended.code).toBe(1);
    expect(statesOf(ended)).toEqual({a: 'exited', b: 'skipped: upstream-failed', z: 'executed'});
  });

  it('is tried again as often as it says, each time in a fresh directory but for what it goes on from, and no more', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('ls outputs resume; touch outputs/left resume/kept; exit 1', {retries: 2})});
    const ended = await rig.run();
    expect(ended.code).toBe(1);
    expect(eventsOf(ended, 'stage-started').map(({attempt}) => attempt)).toEqual([1, 2, 3]);
    const failures = eventsOf(ended, 'stage-failed');
    expect(failures.map(({willRetry}) => willRetry)).toEqual([true, true, false]);
    expect(failures.at(-1)?.lines.join('\n')).not.toContain('left');
  });

  it('that succeeds at a later attempt has succeeded, and the receipt says how many it took', async () => {
    await using rig = await openRig();
    const script = 'printf x > outputs/out; printf 1 >> resume/n; test $(cat resume/n) = 111';
    rig.pipeline({a: shell(script, {retries: 10})});
    const ended = await rig.run();
    expect(ended.code).toBe(0);
    const started = eventsOf(ended, 'stage-started').length;
    expect(started).toBe(3);
    const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
    expect(record.stages[0].receipt.execution.attempts).toBe(started);
  });

  it('has no result: the next run executes it again, and only it', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf x > outputs/out'), b: shell('printf y > outputs/out; exit 3')});
    await rig.run('-j1');
    const again = await rig.run('-j1');
    expect(statesOf(again)).toEqual({a: 'cached', b: 'exited'});
  });
});

/** What a stage may do about a value `answer` of a type, and what is said of it. */
const BAD_VALUES: readonly (readonly [script: string, type: string, failure: object])[] = [
  ['true', 'number', {code: 'value-missing', value: 'answer'}],
  ['echo "[42]" > values.json', 'number', {code: 'reply-malformed'}],
  [
    `echo '{"answer": "42"}' > values.json`,
    'number',
    {code: 'value-mistyped', value: 'answer', expected: 'number', found: '42'},
  ],
  [
    `echo '{"answer": 4.2}' > values.json`,
    'integer',
    {code: 'value-mistyped', value: 'answer', expected: 'integer', found: 4.2},
  ],
  [`echo '{"answer": ' > values.json`, 'number', {code: 'reply-malformed', file: 'values.json'}],
  [`echo '{"answer": 1e999}' > values.json`, 'number', {code: 'reply-malformed', file: 'values.json'}],
  ['ln -s /etc/hostname values.json', 'string', {code: 'reply-malformed', why: 'it is a symbolic link'}],
  ['mkfifo values.json', 'string', {code: 'reply-malformed', why: 'it is a FIFO'}],
];

describe('a value', () => {
  it('that is not given, or is of another type, is a failure that names it', async () => {
    await using rig = await openRig();
    for (const [i, [script, type]] of BAD_VALUES.entries())
      rig.write(stageWithValue(`give-${i}`, script, type));
    rig.pipeline(Object.fromEntries(BAD_VALUES.map((_, i) => [`s${i}`, {uses: `./give-${i}`}])));
    const failed = eventsOf(await rig.run('--keep-going'), 'stage-failed');
    const failures = BAD_VALUES.map((_, i) => failed.find(({stage}) => stage === `s${i}`)?.failure);
    expect(failures).toMatchObject(BAD_VALUES.map(([, , failure]) => failure));
  });
});

describe('part of a pipeline', () => {
  const chain = {
    a: shell('printf hello > outputs/out'),
    b: shell('wc -c < inputs/x > outputs/out', {inputs: {x: from('a.out')}}),
    c: shell('cat inputs/x > outputs/out', {inputs: {x: from('b.out')}}),
  };

  it('is run with --until, with all it needs', async () => {
    await using rig = await openRig();
    rig.pipeline(chain);
    const ended = await rig.run('--until', 'b');
    expect(ended.code).toBe(0);
    expect(statesOf(ended)).toEqual({a: 'executed', b: 'executed', c: 'skipped: not-selected'});
  });

  it('is run with --only when what it needs is cached', async () => {
    await using rig = await openRig();
    rig.pipeline(chain);
    await rig.run('--until', 'a');
    const ended = await rig.run('--only', 'b');
    expect(ended.code).toBe(0);
    expect(statesOf(ended)).toEqual({a: 'cached', b: 'executed', c: 'skipped: not-selected'});
  });

  it('is not run with --only when what it needs is not cached', async () => {
    await using rig = await openRig();
    rig.pipeline(chain);
    const ended = await rig.run('--only', 'b');
    expect(ended.code).toBe(1);
    expect(statesOf(ended)).toEqual({
      a: 'input-not-cached',
      b: 'skipped: upstream-failed',
      c: 'skipped: not-selected',
    });
  });

  it('can be all that a pipeline of several kinds is asked for, printed or as JSON', async () => {
    await using rig = await openRig();
    rig.write(stageWithValue('give', `echo '{"answer": 42}' > values.json`, 'number'));
    rig.pipeline({...chain, d: {uses: './give'}});
    for (const flags of [
      ['--until', 'a'],
      ['--only', 'd'],
    ]) {
      const ended = await rig.repro(['run', 'p.yaml', ...flags]);
      expect(ended).toMatchObject({code: 0, stderr: ''});
    }
  });
});

describe('exit code 75', () => {
  it('means "resume me": what is in resume/ is kept, what is in outputs/ is not, and it runs again at once', async () => {
    await using rig = await openRig();
    const script = [
      'ls outputs tmp; n=$(cat resume/n || echo 0); n=$((n+1)); echo $n > resume/n',
      'touch outputs/half tmp/half',
      `echo '{"step": '$n'}' >> metrics.jsonl`,
      'test $n -ge 3 || exit 75',
      'rm outputs/half; echo $n > outputs/out',
    ].join('\n');
    rig.pipeline({a: shell(script)});
    const ended = await rig.run();
    expect(ended.code).toBe(0);
    expect(eventsOf(ended, 'stage-started')).toHaveLength(1);
    const record = JSON.parse((await rig.repro(['show', '--json'])).stdout);
    const {execution, outputs} = record.stages[0].receipt;
    expect(execution).toMatchObject({resumed: 2, attempts: 1});
    expect(rig.object(outputs.out.digest)).toBe('3\n');
    expect(rig.object(execution.metrics)).toBe('{"step": 1}\n{"step": 2}\n{"step": 3}\n');
    expect(rig.object(execution.log)).not.toContain('half');
  });
});
