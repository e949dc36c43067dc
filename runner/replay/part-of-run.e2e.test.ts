import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {normalise} from '../testing/normalise.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const ABOUT = {license: 'MIT', authors: [{name: 'Ada'}]};
const OWN = {
  stage: 1,
  kind: 'own',
  command: ['sh', `\${stage}/own.sh`],
  inputs: {x: {kind: 'text'}},
  outputs: {out: {kind: 'text', type: 'blob'}},
};

/** The last stage is of a kind that no other is; its environment has a lock of its own. */
function project(rig: Rig): void {
  rig.write({
    'own/stage.yaml': JSON.stringify(OWN),
    'own/own.sh': 'cat inputs/x > outputs/out',
    'other.lock.txt': '# nothing\n',
  });
  rig.pipeline(
    {
      a: shell('echo hello > outputs/out', {environment: 'bare'}),
      b: {uses: './own', inputs: {x: from('a.out')}, environment: 'bare'},
      c: {uses: 'probe', inputs: {model: from('sources.data')}, environment: 'other'},
    },
    {
      ...ABOUT,
      environments: {bare: {python: {lock: 'bare.lock.txt'}}, other: {python: {lock: 'other.lock.txt'}}},
      sources: {data: {file: 'not-there-at-all.jsonl', kind: 'model', sha256: '0'.repeat(64)}},
    },
  );
}

describe('a run of a part of its pipeline', () => {
  it.each([
    ['--until', 'a', {code: 0, says: 'a  exact'}],
    ['--until', 'b', {code: 0, says: 'b  exact'}],
    ['--only', 'b', {code: 0, says: 'b  exact'}],
  ])('with %s %s is replayed, bisected, and opened by a colleague', async (flag, stage, wanted) => {
    await using rig = await openRig();
    project(rig);
    if (flag === '--only') expect((await rig.run('--until', 'a')).code).toBe(0);
    expect((await rig.run(flag, stage)).code).toBe(0);
    const replayed = await rig.repro(['replay']);
    expect(`${replayed.code} ${replayed.stdout}${replayed.stderr}`).toContain(`0 replay of tiny`);
    expect(replayed.stdout).toContain(wanted.says);
    const bisected = await rig.repro(['bisect']);
    expect(`${bisected.code} ${bisected.stderr}`).toMatch(/^0 /);
    expect((await rig.repro(['keys', 'new'])).code).toBe(0);
    expect((await rig.repro(['publish', '--to', join(rig.root, 'pub')])).code).toBe(0);
    const [digest = ''] = readdirSync(join(rig.root, 'pub/publications/v1'));
    const url = join(rig.root, 'pub/publications/v1', digest);
    const asked = await rig.repro(['replay', url]);
    const content = /--trust (sha256:[0-9a-f]{64})/.exec(asked.stderr)?.[1] ?? asked.stderr;
    const theirs = await rig.repro(['replay', url, '--trust', content]);
    expect(`${theirs.code} ${theirs.stdout}${theirs.stderr}`).toContain(`0 replay of tiny`);
  });

  it('is told as what it is: a stage that was left out is nobody’s question', async () => {
    await using rig = await openRig();
    project(rig);
    await rig.run('--until', 'a');
    const {source} = lastRecord(rig);
    expect(Object.keys(source.folders)).toEqual(['builtin:command', 'builtin:probe', 'own']);
    const unknown = await rig.repro(['replay', '--stage', 'c']);
    expect(unknown.code).toBe(2);
    expect(normalise(unknown.stderr, rig)).toMatchInlineSnapshot(`
      "error[unknown-stage]: no stage is called "c"
        help: the stages are: a
      "
    `);
  });
});

function lastRecord(rig: Rig): RunRecord2 {
  const run = readdirSync(join(rig.project, '.repro/runs')).sort().at(-1);
  return JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord2;
}
