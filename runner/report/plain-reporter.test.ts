import {expect, it} from 'vitest';
import type {RunEvent, RunEventBody} from '../../schemas/event.ts';
import {begin, DIGEST, FAILED, finish, started} from '../testing/example-events.ts';
import {plainReporter} from './plain-reporter.ts';
import {plainStyle} from './style.ts';

it('nothing moves: a line for what happened', () => {
  let text = '';
  const sink = {
    write(more: string) {
      text += more;
    },
    isTerminal: false,
    size: () => ({columns: 80, rows: 24}),
  };
  const reporter = plainReporter(sink, plainStyle);
  for (const body of [
    started('data', 'sft', 'rl'),
    {event: 'environment-building', environment: 'train', log: '/log'} as const,
    {event: 'environment-ready', environment: 'train', seconds: 61} as const,
    {event: 'source-progress', source: 'base', bytes: 0, total: 3e9} as const,
    {event: 'source-progress', source: 'base', bytes: 2e9, total: 3e9} as const,
    {event: 'source-progress', source: 'text', bytes: 9, total: null} as const,
    {event: 'source-ready', source: 'base', digest: DIGEST} as const,
    finish('data', 'cached'),
    begin('sft'),
    {event: 'stage-progress', stage: 'sft', step: 1, total: null, metrics: {}} as const,
    {...FAILED, stage: 'sft', willRetry: true} as RunEventBody,
    {...begin('sft'), attempt: 2} as RunEventBody,
    finish('sft'),
    {
      event: 'nondeterminism',
      stage: 'sft',
      key: DIGEST,
      differing: ['outputs.out'],
      recorded: {a: 1},
      found: {a: 2},
    } as const,
    {event: 'interrupted', how: 'cleanly'} as const,
    {event: 'interrupted', how: 'now'} as const,
    {
      event: 'stage-failed',
      stage: 'rl',
      failure: {code: 'interrupted'},
      lines: [],
      log: null,
      kept: null,
      willRetry: false,
    } as const,
    {
      event: 'run-finished',
      outcome: 'interrupted',
      seconds: 75,
      executed: 1,
      cached: 1,
      failed: 1,
      skipped: 0,
      secondsSaved: 2,
      run: DIGEST,
      exitCode: 130,
    } as const,
  ]) {
    reporter.event({at: '', ...body} as RunEvent);
  }
  reporter.close();
  expect(text).toMatchInlineSnapshot(`
    "tiny · profile laptop · 3 stages · sandbox none
    building environment train (once; log: /log)
    environment train ready in 1 m 01 s
    fetching source base (3.0 GB)
    fetching source text
    data  cached       2.0 s  out abababab
    sft   started
    failed, trying again: sft: its program ended with exit code 1

      │ boom

      log:  /p/rl.log
      help: run again when it is mended: finished stages are cached
    sft   started (attempt 2)
    sft   executed     2.0 s  out abababab
    not the same bits: sft gave other outputs.out than recorded on this class of hardware
      key sha256:abababababababababababababababababababababababababababababababab
      recorded {"a":1}
      found    {"a":2}
      help: a stage that can’t be bitwise says \`determinism: none\`; else look for an unseeded draw, a clock or a thread
    stopping: letting running stages end (Ctrl-C again to stop now)
    stopping now
    failed: rl: interrupted

    interrupted in 1 m 15 s: 1 executed, 1 cached, 1 failed, saved 2.0 s
    run sha256:abababababababababababababababababababababababababababababababab
    what was finished is kept: run again to go on
    "
  `);
});
