import {describe, expect, it} from 'vitest';
import {plainSteps, traceLines} from '../compare/testing/write-trace.ts';
import {eventsOf} from '../testing/events.ts';
import {shell} from '../testing/pipeline-text.ts';
import {openRig} from '../testing/rig.ts';

const LINES = traceLines(plainSteps(3, ['loss']), ['loss']);
const WHOLE = `${LINES.join('\n')}\n`;

/** What a stage may leave as its trace, and what is said of it. */
const TRACES: readonly (readonly [name: string, trace: string, why: string])[] = [
  ['not-json', 'not json\n', 'line 1: not a JSON object in UTF-8'],
  ['empty', '', 'line 1: there is no header'],
  ['torn', WHOLE.slice(0, -9), 'line 4: torn: it has no end'],
  ['twice', `${WHOLE}${LINES[3]}\n`, 'line 5: its `previous` is not the chain of the line before'],
  ['crlf', WHOLE.replaceAll('\n', '\r\n'), 'line 1: not in canonical form'],
];

const KIND = {
  stage: 1,
  kind: 'fit',
  command: [
    'sh',
    '-c',
    `cp "$0"/trace-\${params.write}.jsonl trace.jsonl; echo x > outputs/out`,
    `\${stage}`,
  ],
  params: {
    write: {type: 'string'},
    steps: {type: 'integer', default: 3},
    trace: {type: 'string', default: 'all'},
  },
  outputs: {out: {kind: 'text', type: 'blob'}},
  trace: {unless: {trace: 'off'}, steps: 'steps'},
};

describe('a trace that a stage leaves', () => {
  it('fails it where it is none, and says in which line', async () => {
    await using rig = await openRig();
    rig.pipeline(
      Object.fromEntries([
        ...TRACES.map(([name, trace]) => [
          name,
          shell(`printf %s ${quoted(trace)} > trace.jsonl; echo x > outputs/out`),
        ]),
        ['whole', shell(`printf %s ${quoted(WHOLE)} > trace.jsonl; echo x > outputs/out`)],
      ]),
    );
    const ended = await rig.run('--keep-going');
    expect(ended.code).toBe(1);
    const failures = eventsOf(ended, 'stage-failed').map(({stage, failure}) => [stage, failure]);
    expect(Object.fromEntries(failures)).toEqual(
      Object.fromEntries(
        TRACES.map(([name, , why]) => [name, {code: 'reply-malformed', file: 'trace.jsonl', why}]),
      ),
    );
    expect(eventsOf(ended, 'stage-finished').map(({stage}) => stage)).toEqual(['whole']);
  });

  it('is as long as the params say, and is there, where its kind says that it writes one', async () => {
    await using rig = await openRig();
    rig.write({'fit/stage.yaml': JSON.stringify(KIND), 'fit/trace-yes.jsonl': WHOLE});
    rig.pipeline({
      right: {uses: './fit', with: {write: 'yes'}},
      longer: {uses: './fit', with: {write: 'yes', steps: 4}},
      without: {uses: './fit', with: {write: 'no'}},
      off: {uses: './fit', with: {write: 'no', trace: 'off'}},
    });
    const ended = await rig.run('--keep-going');
    const failures = eventsOf(ended, 'stage-failed').map(({stage, failure}) => [stage, failure]);
    expect(Object.fromEntries(failures)).toMatchObject({
      longer: {file: 'trace.jsonl', why: 'it has 3 steps, and the params say steps: 4'},
      without: {file: 'trace.jsonl', why: 'it is not there, and its kind writes one'},
    });
    expect(
      eventsOf(ended, 'stage-finished')
        .map(({stage}) => stage)
        .sort(),
    ).toEqual(['off', 'right']);
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
