import {chmodSync, cpSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ABOUT} from '../../publish/testing/publishing-project.ts';
import {type OddOutput, withOutputs} from '../../testing/odd-outputs.ts';
import {from, pipelineText, shell} from '../../testing/pipeline-text.ts';
import {openSharedRig, type Rig} from '../../testing/rig.ts';

/** A verdict is an exit code, and nothing that happens to the outputs changes it or stops the work. */
let rig: Rig;
/** The address of a publication that is whole, and of one without its signatures. */
let [whole, tampered] = ['', ''];

const SAME = shell('echo 1 > outputs/out');
const OTHER = shell('date +%N > outputs/out');

beforeAll(async () => {
  rig = await openSharedRig();
  rig.write({
    'same.yaml': pipelineText({a: SAME}, ABOUT),
    'other.yaml': pipelineText({a: OTHER}, ABOUT),
    'fails.yaml': pipelineText({a: shell('echo said; exit 7')}),
    'bad.yaml': 'repro: 1\nname: bad\nstages: {a: {uses: nothing}}\n',
    'a.json': '{"a":1}\n',
    'b.json': '{"a":2}\n',
    'words.txt': 'words\n',
    'unpinned.yaml': pipelineText(
      {a: shell('cat inputs/words > outputs/out', {inputs: {words: from('sources.words')}})},
      {sources: {words: {file: 'words.txt', kind: 'text', sha256: 'unpinned'}}},
    ),
  });
  await rig.repro(['keys', 'new']);
  await rig.repro(['run', 'same.yaml']);
  await rig.repro(['publish', '--to', './whole']);
  whole = join(
    rig.project,
    'whole/publications/v1',
    readdirSync(join(rig.project, 'whole/publications/v1'))[0] ?? '',
  );
  cpSync(join(rig.project, 'whole'), join(rig.project, 'tampered'), {recursive: true});
  tampered = whole.replace('/whole/', '/tampered/');
  writeFileSync(join(tampered, 'attestations.intoto.jsonl'), '');
  cpSync(rig.store, join(rig.project, 'damaged'), {recursive: true});
  damage(join(rig.project, 'damaged/objects'));
  await rig.repro(['run', 'other.yaml']);
}, 120_000);

afterAll(() => rig[Symbol.asyncDispose]());

function damage(folder: string): void {
  const files = readdirSync(folder, {recursive: true, encoding: 'utf8'});
  const object = files.find((name) => /[0-9a-f]{60}$/.test(name));
  if (object === undefined) throw new Error(`no object in ${folder}`);
  chmodSync(join(folder, object), 0o644);
  writeFileSync(join(folder, object), 'other bytes');
}

const nowhere = () => `${rig.project}/whole/publications/v1/${'0'.repeat(64)}`;

/** One of each family, and of each end that it has. */
const COMMANDS: readonly (readonly [code: number, name: string, argv: () => readonly string[]])[] = [
  [0, 'version', () => ['--version']],
  [0, 'help', () => ['--help']],
  [2, 'an unknown command', () => ['nonsense']],
  [0, 'schema', () => ['schema', 'pipeline']],
  [0, 'check', () => ['check', 'same.yaml']],
  [2, 'check, of a bad one', () => ['check', 'bad.yaml']],
  [0, 'plan', () => ['plan', 'same.yaml']],
  [0, 'plan, as JSON', () => ['plan', 'same.yaml', '--json']],
  [2, 'plan, of a bad one', () => ['plan', 'bad.yaml', '--json']],
  [0, 'why', () => ['why', 'same.yaml', 'a']],
  [0, 'run, settled', () => ['run', 'same.yaml']],
  [0, 'run, as JSON', () => ['run', 'same.yaml', '--json']],
  [1, 'run, that fails', () => ['run', 'fails.yaml']],
  [3, 'run, with other bits', () => ['run', 'other.yaml', '--no-cache']],
  [3, 'run, with other bits, as JSON', () => ['run', 'other.yaml', '--no-cache', '--json']],
  [0, 'show', () => ['show']],
  [0, 'show, as JSON', () => ['show', '--json']],
  [2, 'show, of none', () => ['show', 'nothing']],
  [3, 'replay', () => ['replay']],
  [3, 'replay, as JSON', () => ['replay', '--json']],
  [3, 'bisect', () => ['bisect']],
  [3, 'diff', () => ['diff', 'a.json', 'b.json']],
  [3, 'diff, as JSON', () => ['diff', 'a.json', 'b.json', '--json']],
  [0, 'diff, of the same', () => ['diff', 'a.json', 'a.json']],
  [5, 'audit, with no key chosen', () => ['audit', whole]],
  [3, 'audit, of a tampered one', () => ['audit', tampered]],
  [4, 'audit, of none', () => ['audit', nowhere()]],
  [4, 'pull, of none', () => ['pull', nowhere()]],
  [4, 'replay, of none', () => ['replay', nowhere()]],
  [4, 'run, of none', () => ['run', nowhere()]],
  [0, 'publish, rehearsed', () => ['publish', '--to', './elsewhere', '--dry-run']],
  [2, 'lock, with nobody to ask', () => ['lock', 'unpinned.yaml']],
  [0, 'push', () => ['push', '--to', './pushed']],
  [0, 'store gc', () => ['store', 'gc', '--store', rig.store]],
  [1, 'store verify, of a damaged one', () => ['store', 'verify', '--store', './damaged']],
  [0, 'keys list', () => ['keys', 'list']],
  [0, 'trust list', () => ['trust', 'list']],
];

const ODD: readonly (readonly [out: OddOutput, err: OddOutput])[] = [
  ['unread', 'unread'],
  ['absent', 'absent'],
];

describe.each(COMMANDS)('%i: %s', (code, _, argv) => {
  it('whoever reads it, or nobody', async () => {
    const ends: Record<string, number> = {};
    for (const [out, err] of [['read', 'read'] as const, ...ODD]) {
      const ended = await rig.repro(argv(), {through: withOutputs(out, err)});
      ends[`${out} ${err}`] = ended.code;
      expect(ended.stdout + ended.stderr).not.toMatch(/EPIPE|node:internal|output-lost/);
    }
    expect(new Set(Object.values(ends)), JSON.stringify(ends)).toEqual(new Set([code]));
  });

  it('a full device', async () => {
    const [out, err] = ['full', 'read'] as const;
    const ended = await rig.repro(argv(), {through: withOutputs(out, err)});
    const isSaid = ended.stderr.includes(
      'warning[output-lost]: standard output can’t be written, its disk is full',
    );
    expect(ended.stderr).not.toMatch(/node:internal|at writeSync/);
    // Where the verdict is no, that stands; where it printed nothing there, nothing was lost.
    expect(ended.code).toBe(code === 0 ? (isSaid ? 74 : 0) : code);
    if (code === 0) expect(isSaid).toBe(true);
  });
});

describe('a run whose reader goes', () => {
  it('goes on to its end and writes its record', async () => {
    const slow = shell('sleep 0.3; cat /proc/sys/kernel/random/uuid > outputs/out');
    rig.write({'long.yaml': pipelineText({a: slow, b: {...slow, inputs: {a: from('a.out')}}})});
    const before = readdirSync(join(rig.project, '.repro/runs')).length;
    const ended = await rig.repro(['run', 'long.yaml'], {through: ['sh', '-c', '"$@" | head -1', 'sh']});
    expect(ended.stdout).toContain('tiny');
    const runs = readdirSync(join(rig.project, '.repro/runs')).sort();
    expect(runs.length).toBe(before + 1);
    const record = JSON.parse(rig.read(`.repro/runs/${runs.at(-1)}/record.json`));
    expect(record.outcome).toBe('succeeded');
    expect(record.stages).toHaveLength(2);
  });

  it('a full standard error is told on standard output, not into JSON', async () => {
    const said = await rig.repro(['check', 'bad.yaml'], {through: withOutputs('read', 'full')});
    expect(said).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^warning\[output-lost\]: standard error/),
    });
    const json = await rig.repro(['lock', 'unpinned.yaml'], {through: withOutputs('read', 'read-only')});
    expect(json.stdout).toContain('it is open for reading only');
  });

  it('what is long comes whole to whoever reads it', async () => {
    const schema = (await rig.repro(['schema', 'pipeline'])).stdout;
    const slow = ['sh', '-c', '"$@" | { sleep 0.5; cat; }', 'sh'];
    expect((await rig.repro(['schema', 'pipeline'], {through: slow})).stdout).toBe(schema);
  });
});
