import {describe, expect, it} from 'vitest';
import type {StageFailure} from '../../schemas/failure.ts';
import {failureText, skipText} from './failure-text.ts';
import {resultText} from './finish-text.ts';
import {ansiStyle, chooseStyle, plainStyle} from './style.ts';
import {whyText} from './why-text.ts';

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{NO_COLOR: '1'}, true, false],
    [{NO_COLOR: '', FORCE_COLOR: ''}, true, true],
    [{NO_COLOR: '1', FORCE_COLOR: '1'}, true, false],
    [{FORCE_COLOR: '1'}, false, true],
    [{TERM: 'dumb'}, true, false],
    [{TERM: 'dumb', FORCE_COLOR: '1'}, true, true],
  ])('%o on a terminal: %s', (variables, isTerminal, coloured) => {
    expect(chooseStyle(variables, isTerminal)).toBe(coloured ? ansiStyle : plainStyle);
  });
});

describe('a failure', () => {
  const failures: readonly StageFailure[] = [
    {code: 'exited', exitCode: 3},
    {code: 'signalled', signal: 9, peakBytes: 2e9},
    {code: 'signalled', signal: 11, peakBytes: 0},
    {code: 'signalled', signal: 9, peakBytes: 3e9, machineFull: true},
    {code: 'memory-limit', bytes: 1536 * 2 ** 20, watched: false},
    {code: 'memory-limit', bytes: 100 * 2 ** 20, watched: true},
    {code: 'process-limit'},
    {code: 'not-started', program: 'x', why: 'No such file'},
    {code: 'lost', why: 'gone'},
    {code: 'timed-out', seconds: 90},
    {code: 'never-finished', resumed: 1000},
    {code: 'output-refused', output: 'model', why: 'it is a fifo'},
    {code: 'reply-malformed', file: 'values.json', why: 'it is not JSON'},
    {code: 'value-missing', value: 't'},
    {code: 'value-mistyped', value: 't', expected: 'number', found: 'x'},
    {code: 'environment', environment: 'train', why: 'pip failed', help: 'see the log'},
    {code: 'source', source: 'base', why: 'absent', help: 'restore it'},
    {code: 'too-few-gpus', needed: 8, found: 0},
    {code: 'input-not-cached', stage: 'a'},
    {code: 'code-changed'},
    {code: 'store', storeCode: 'full', subject: '/x', why: 'no space'},
    {code: 'store', storeCode: 'corrupt', subject: '/x', why: 'other bytes'},
    {code: 'interrupted'},
    {code: 'unexpected', why: 'TypeError'},
  ];

  it('has its words, and a next step where there is one', () => {
    const words = failures.map((failure) => {
      const {reason, help} = failureText(failure);
      return `${failure.code}: ${reason}${help === undefined ? '' : ` → ${help}`}`;
    });
    expect(words).toMatchInlineSnapshot(`
      [
        "exited: its program ended with exit code 3 → run again when it is mended: finished stages are cached",
        "signalled: its program was ended by signal 9, having used at least 2.0 GB of memory → somebody or something killed it: repro did not, nor did a limit of its own",
        "signalled: its program was ended by signal 11",
        "signalled: its program was ended by signal 9, having used at least 3.0 GB of memory: the kernel ended it for want of memory → the machine, or the container around repro, was full: run fewer stages at a time (-j), or say what each needs: \`resources.memory\`",
        "memory-limit: it used more memory than its limit of 1.5 GiB → raise \`resources.memory\` of the stage",
        "memory-limit: it used more memory than its limit of 100 MiB (watched: this machine gives no means to limit it) → raise \`resources.memory\` of the stage",
        "process-limit: it had more processes and threads than a stage may have (4096) → start fewer at a time; \`resources.cpus\` says how many threads are of use",
        "not-started: its program \`x\` could not be started: No such file → the program must be in the stage’s environment or in the system’s directories",
        "lost: gone → run again: finished stages are cached",
        "timed-out: it ran longer than its limit of 1 m 30 s → raise \`resources.time\` of the stage",
        "never-finished: it asked to be resumed 1000 times and never finished → exit 75 means "resume me": end with 0 when the work is done",
        "output-refused: its output \`model\` was refused: it is a fifo → an output is a regular file or a directory of regular files, at the path that the request names",
        "reply-malformed: its values.json can't be used: it is not JSON → write it as UTF-8 JSON with each name once; a number that a double can’t hold goes as a string",
        "value-missing: it did not give its value \`t\` → write it to values.json, as stages/README.md describes",
        "value-mistyped: its value \`t\` should be of type number, and is "x"",
        "environment: its environment \`train\` is not to be had: pip failed → see the log",
        "source: source \`base\`: absent → restore it",
        "too-few-gpus: it needs 8 GPUs, and this machine has 0 → choose another profile, or run it where the GPUs are",
        "input-not-cached: a stage that was asked for with --only needs its result, and it is not in the cache → use --until instead of --only to run what is needed as well",
        "code-changed: it changed the code that it was run from → a stage writes to outputs/, tmp/ and resume/ only; with bubblewrap installed it can’t do otherwise",
        "store: the store failed (full): no space → free some space, then run again: nothing is lost",
        "store: the store failed (corrupt): other bytes → run again: what is damaged was set aside and will be made anew",
        "interrupted: interrupted",
        "unexpected: TypeError → this is a bug in repro: please report it with these lines",
      ]
    `);
  });

  it('and a skip as well', () => {
    expect(skipText({code: 'upstream-failed', stage: 'a'})).toBe('a has no result');
    expect(skipText({code: 'stopped-after-failure'})).toBe(
      'the run stops after a failure (--keep-going goes on)',
    );
    expect(skipText({code: 'interrupted'})).toBe('interrupted');
  });
});

describe('a result in a few words', () => {
  it('is its numbers, or what it gave', () => {
    const digest = `sha256:${'ab'.repeat(32)}` as never;
    const outputs = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [name, {type: 'blob', digest, size: 1} as const]),
    );
    expect(resultText({avg_at_k: 0.51234, name: 'x', n: 3, more: 4}, outputs)).toBe(
      'avg at k 0.5123 · name "x" · n 3',
    );
    expect(resultText({}, outputs)).toBe('a abababab · b abababab · c abababab');
  });
});

describe('why', () => {
  const key = `sha256:${'ab'.repeat(32)}` as never;
  const run = (why: 'never-ran' | 'never-ran-on-this-hardware' | 'never-reused' | 'bytes-are-gone') =>
    whyText(
      {
        stage: 'a',
        expected: {will: 'run', key, document: {} as never, why},
        ranBefore: true,
        differences: [],
      },
      plainStyle,
    );

  it('an unchanged stage would run has four reasons', () => {
    expect(
      (['never-ran', 'never-ran-on-this-hardware', 'never-reused', 'bytes-are-gone'] as const).map(run),
    ).toEqual([
      'a would run: its key is the same as in the last run, but this store has no result for it\n',
      'a would run: its key is the same, but its results are from another class of hardware\n',
      'a would run: it says `reuse: none`\n',
      'a would run: its key is the same, but the bytes of its result are gone from the store\n',
    ]);
  });
});
