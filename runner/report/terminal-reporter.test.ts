import {describe, expect, it, onTestFinished, vi} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import type {RunEvent, RunEventBody} from '../../schemas/event.ts';
import {begin, DIGEST, FAILED, finish, started} from '../testing/example-events.ts';
import {Screen} from '../testing/screen.ts';
import {ansiStyle, plainStyle} from './style.ts';
import {cut, terminalReporter} from './terminal-reporter.ts';

function open(style = plainStyle) {
  vi.useFakeTimers({now: 0});
  onTestFinished(() => void vi.useRealTimers());
  const screen = new Screen();
  const reporter = terminalReporter(screen, style, Date.now);
  const tell = (...bodies: readonly RunEventBody[]) => {
    for (const body of bodies) reporter.event({at: '', ...body} as RunEvent);
    vi.advanceTimersByTime(100);
  };
  return {screen, reporter, tell};
}

describe('on a terminal', () => {
  it('a source on its way is told below the stages', () => {
    const {screen, tell} = open();
    const below = () => screen.seen().at(-1);
    tell(started('data'), {event: 'source-progress', source: 'base', bytes: 1.2e9, total: 8e9});
    expect(below()).toBe('  fetching base  1.2 GB of 8.0 GB, 15 %');
    tell({event: 'source-progress', source: 'text', bytes: 1234, total: null});
    tell({event: 'source-ready', source: 'base', digest: DIGEST});
    expect(below()).toBe('  fetching text  1.2 kB');
    tell({...FAILED, failure: {code: 'source', source: 'text', why: '', help: ''}} as RunEventBody);
    expect(below()).toMatch(/^ {2}0 of /);
  });

  it('a run is a block with a line for each stage, redrawn in place', () => {
    const {screen, tell} = open();
    tell(started('data', 'sft', 'rl'), finish('data', 'cached'), begin('sft'));
    tell({
      event: 'stage-progress',
      stage: 'sft',
      step: 3,
      total: 9,
      metrics: {loss: 1.23456, tokens_per_second: 1234.5},
    });
    expect(screen.seen()).toMatchInlineSnapshot(`
      [
        "tiny · profile laptop · sandbox none",
        "",
        "  ○ data     cached  out abababab",
        "  ● sft       0.2 s of ~1 m 05 s  3/9  loss 1.235  1235 tok",
        "  · rl  ",
        "  1 of 3 · 1 cached, saved 2.0 s · 0.2 s",
      ]
    `);
    tell(finish('sft'), begin('rl'));
    expect(screen.seen()).toMatchInlineSnapshot(`
      [
        "tiny · profile laptop · sandbox none",
        "",
        "  ○ data     cached  out abababab",
        "  ✓ sft       2.0 s  out abababab",
        "  ● rl        0.1 s  ",
        "  2 of 3 · 1 cached, saved 2.0 s · 0.3 s",
      ]
    `);
  });

  it('what must not be lost is printed above the block, and the summary after it', () => {
    const {screen, reporter, tell} = open();
    tell(started('sft', 'rl'), begin('rl'), {event: 'warning', message: 'no sandbox'}, FAILED);
    tell({event: 'stage-skipped', stage: 'sft', reason: {code: 'stopped-after-failure'}});
    tell({
      event: 'run-finished',
      outcome: 'failed',
      seconds: 3,
      executed: 0,
      cached: 0,
      failed: 1,
      skipped: 1,
      secondsSaved: 0,
      run: null,
      exitCode: 1,
    });
    reporter.close();
    expect(screen.seen()).toMatchInlineSnapshot(`
      [
        "warning: no sandbox",
        "failed: rl: its program ended with exit code 1",
        "",
        "  │ boom",
        "",
        "  log:  /p/rl.log",
        "  help: run again when it is mended: finished stages are cached",
        "tiny · profile laptop · sandbox none",
        "",
        "  ✗ rl   failed",
        "  0 of 1 · 0.3 s",
        "",
        "failed in 3.0 s: 1 failed, 1 skipped",
      ]
    `);
    expect(screen.cursorIsHidden).toBe(false);
  });

  it('hides the cursor, gives it back, and draws no more once it is closed', () => {
    const {screen, reporter, tell} = open();
    tell(started('sft'));
    expect(screen.cursorIsHidden).toBe(true);
    reporter.close();
    expect(screen.cursorIsHidden).toBe(false);
    const write = vi.spyOn(screen, 'write');
    vi.advanceTimersByTime(1000);
    expect(write).not.toHaveBeenCalled();
  });

  it('says that an environment is built, and that it is stopping', () => {
    const {screen, tell} = open();
    tell(started('sft'), {event: 'environment-building', environment: 'train', log: '/log'});
    expect(screen.seen().at(-1)).toBe('  building environment train, once … 0.1 s');
    tell(
      {event: 'environment-ready', environment: 'train', seconds: 1},
      {event: 'interrupted', how: 'cleanly'},
    );
    expect(screen.seen().at(-1)).toBe('  0 of 1 · 0.2 s · stopping (Ctrl-C again to stop now)');
  });

  it('more stages than rows: those at work and the last done are shown, the others counted', () => {
    const {screen, tell} = open();
    const names = Array.from({length: 30}, (_, i) => `stage-${i}`);
    tell(
      started(...names),
      ...names.slice(0, 10).map((name) => finish(name)),
      begin('stage-10'),
      begin('stage-11'),
    );
    expect(screen.seen()).toMatchInlineSnapshot(`
      [
        "tiny · profile laptop · sandbox none",
        "",
        "  ✓ stage-7       2.0 s  out abababab",
        "  ✓ stage-8       2.0 s  out abababab",
        "  ✓ stage-9       2.0 s  out abababab",
        "  ● stage-10      0.1 s  ",
        "  ● stage-11      0.1 s  ",
        "  … 25 more",
        "  10 of 30 · 0.1 s",
      ]
    `);
  });

  it('keeps within the terminal, however small it is and whatever happens', () => {
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 40}),
        fc.integer({min: 1, max: 12}),
        fc.array(fc.tuple(fc.nat(11), fc.constantFrom('begin', 'finish', 'cached', 'failed', 'warn')), {
          maxLength: 30,
        }),
        (columns, rows, happenings) => {
          const {screen, reporter, tell} = open(ansiStyle);
          Object.assign(screen, {columns, rows});
          tell(started(...Array.from({length: 12}, (_, i) => `stage-${i}`)));
          for (const [i, what] of happenings) {
            const stage = `stage-${i}`;
            if (what === 'begin') tell(begin(stage));
            if (what === 'finish' || what === 'cached')
              tell(finish(stage, what === 'finish' ? 'executed' : what));
            if (what === 'failed') tell({...FAILED, stage} as RunEventBody);
            if (what === 'warn') tell({event: 'warning', message: 'w'});
          }
          reporter.close();
          vi.useRealTimers();
          expect(screen.unreachable).toEqual([]);
        },
      ),
      {numRuns: 100},
    );
  });
});

describe('a line that is too long', () => {
  it('is cut, and its colours are still closed', () => {
    expect(cut('abcdef', 5)).toBe('abcd');
    expect(cut(ansiStyle.red('abcdef'), 4)).toBe(ansiStyle.red('abc'));
    expect(cut(`ab${ansiStyle.bold('cd')}`, 3)).toBe(`ab${ansiStyle.bold('')}`);
  });
});
