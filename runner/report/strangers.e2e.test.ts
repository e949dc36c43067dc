import {beforeAll, describe, expect, it} from 'vitest';
import {ABOUT} from '../publish/testing/publishing-project.ts';
import {atTerminal} from '../testing/at-terminal.ts';
import {pipelineText, type StageText, shell} from '../testing/pipeline-text.ts';
import {openSharedRig, type Rig} from '../testing/rig.ts';
import {throughDoor} from './door.ts';

/** Ends a line, and begins one that looks like ours; then escapes of every sort. */
const EVIL = `x\n  signature    pass         FORGED\r\n\u001b[2J\u001b]0;pwned\u0007\u009b2J\u202e\u001b[32mpass\u001b[39m\u001b[3A\b\u2028`;
const text = JSON.stringify(EVIL);

/** Python that leaves something evil in one place of what a stage gives back. */
const PLACES: Readonly<Record<string, string>> = {
  'a value': `import json; json.dump({'v': ${text}}, open('values.json', 'w'))`,
  'a value of another type': `import json; json.dump({'v': [${text}]}, open('values.json', 'w'))`,
  'values that are no JSON': `open('values.json', 'w').write(${text})`,
  'the key of a value': `import json; json.dump({${text}: 1}, open('values.json', 'w'))`,
  'a metric’s name': `import json; open('metrics.jsonl', 'w').write(json.dumps({'step': 1, ${text}: 1}) + chr(10))`,
  'a progress line': `import json; open('progress.jsonl', 'w').write(json.dumps({'step': 1, 'total': 9, 'metrics': {${text}: 1}}) + chr(10))`,
  'a log': `print(${text}); raise SystemExit(3)`,
  'an output’s name': `import os; os.remove('outputs/out'); os.mkdir('outputs/out'); open('outputs/out/' + ${text}.replace('/', ''), 'w')`,
  'an effective.json': `open('effective.json', 'w').write(${text})`,
};

/** C1 and such stand in a file as escapes only: raw they are refused before anything else. */
function evilPipeline(
  stages: Readonly<Record<string, StageText>>,
  more: Parameters<typeof pipelineText>[1] = {},
) {
  return throughDoor(pipelineText(stages, more));
}

let rig: Rig;

beforeAll(async () => {
  rig = await openSharedRig();
  return () => rig[Symbol.asyncDispose]();
}, 60_000);

/** Our own sequences: what style.ts and seal.ts know. Everything else must be gone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one.
const OURS = /\u001b\[(?:[0-9]{1,2}m|\?25[lh]|[0-9]+A\r|0J|K)/g;

function expectHarmless(shown: string): void {
  const bare = shown.replaceAll(OURS, '').replaceAll('\r\n', '\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(bare).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028]/);
  expect(bare.split('\n').filter((line) => /^\s*signature\s+pass/.test(line))).toEqual([]);
  expect(Math.max(...bare.split('\n').map((line) => line.length))).toBeLessThan(6000);
}

async function look(argv: readonly string[]): Promise<string> {
  const piped = await rig.repro(argv);
  const seen = await rig.repro(argv, {through: atTerminal()});
  for (const shown of [piped.stdout, piped.stderr, seen.stdout]) expectHarmless(shown);
  return piped.stdout + piped.stderr;
}

describe.each(Object.entries(PLACES))('%s', (_, program) => {
  it('obeys nothing and forges no line', async () => {
    const script = `open('outputs/out', 'w').write('x')\n${program}\n`;
    rig.write({
      'p.yaml': evilPipeline({
        a: shell('', {with: {argv: ['python3', '-c', script]}, values: {v: {type: 'string'}}}),
      }),
    });
    await look(['run', 'p.yaml', '--no-cache']);
    await look(['show']);
    const {stdout} = await rig.repro(['run', 'p.yaml', '--no-cache', '--json']);
    expectHarmless(stdout);
    for (const line of stdout.trim().split('\n')) JSON.parse(line);
  });
});

describe('a pipeline of a stranger', () => {
  it('is checked, planned, run and explained without obeying it', async () => {
    const evil = {
      ...ABOUT,
      description: EVIL,
      license: EVIL,
      authors: [{name: EVIL}],
      params: {greeting: {type: 'string', default: EVIL}},
    };
    const stage = shell(`: ${EVIL}; echo 1 > outputs/out`, {variables: {NOTE: EVIL}});
    rig.write({'p.yaml': evilPipeline({a: stage}, evil)});
    await look(['check', 'p.yaml']);
    const planned = await look(['plan', 'p.yaml']);
    expect(planned).toContain(`$': x\\n  signature    pass`);
    await look(['run', 'p.yaml']);
    rig.write({'p.yaml': evilPipeline({a: {...stage, variables: {NOTE: `${EVIL}2`}}}, evil)});
    await look(['why', 'p.yaml', 'a']);
    await look(['plan', 'p.yaml', '--json']);
    await look(['show', '--json']);
  });

  it('that is wrong is refused without obeying it', async () => {
    const wrong = [
      {...shell('x'), uses: EVIL},
      {...shell('x'), [EVIL]: 1},
      {...shell('x'), environment: EVIL},
      {...shell('x'), inputs: {[EVIL]: EVIL}},
      {...shell('x'), with: {argv: EVIL}},
      {...shell('x'), resources: {time: EVIL}},
      {...shell('x'), variables: {[EVIL]: 'x'}},
    ];
    for (const stage of wrong) {
      rig.write({'p.yaml': evilPipeline({a: stage})});
      expect(await look(['check', 'p.yaml'])).toContain('error[');
      await look(['check', 'p.yaml', '--json']);
    }
    await look(['plan', 'p.yaml', '-p', `${EVIL.replaceAll('\0', '')}=1`, '--profile', EVIL]);
    await look([EVIL]);
    await look(['diff', EVIL, 'p.yaml']);
    await look(['audit', `./${EVIL}/publications/v1/${'7'.repeat(64)}`]);
  });
});
