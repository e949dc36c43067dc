import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {objectPath} from '../../artifacts/layout.ts';
import {parseManifest} from '../../artifacts/trees/parse-manifest.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const KIND = {
  stage: 1,
  kind: 'own',
  command: ['sh', `\${stage}/own.sh`],
  outputs: {out: {kind: 'text', type: 'blob'}},
};
const ABOUT = {
  license: 'MIT',
  authors: [{name: 'Ada', orcid: '0000-0001-2345-6789'}],
  citation: {title: 'Tiny'},
};

describe('what a run is made from', () => {
  it('is in its record and in the store: pipeline, lock, contracts, code', async () => {
    await using rig = await openRig();
    project(rig);
    rig.pipeline({a: shell('echo a > outputs/out'), b: {uses: './own'}}, ABOUT);
    await rig.run();
    const record = lastRecord(rig);
    const {source, pipeline, stages} = record;
    expect(pipeline).toMatchObject({...ABOUT, description: 'A test.', overrides: []});
    expect(source.file).toBe('p.yaml');
    expect(pathsOf(rig, source.files.digest)).toEqual(['bare.lock.txt', 'own/stage.yaml', 'p.yaml']);
    expect(Object.keys(source.folders)).toEqual(['builtin:command', 'own']);
    expect(pathsOf(rig, source.folders.own?.digest)).toEqual(['own.sh', 'stage.yaml']);
    expect(pathsOf(rig, source.sdk.digest)).toContain('repro_sdk/__init__.py');
    const codes = stages.map((stage) => (stage.state === 'executed' ? stage.receipt.document.code : ''));
    expect(codes).toEqual([source.folders['builtin:command']?.digest, source.folders.own?.digest]);
    expect(JSON.stringify(record)).not.toContain(rig.root);
  });

  it('is what it was when the run began, whatever an editor does meanwhile', async () => {
    await using rig = await openRig();
    project(rig);
    const edit = `cat inputs/x; echo '# edited' >> ${rig.project}/own/own.sh`;
    rig.pipeline({a: {uses: './own'}, b: shell(edit, {inputs: {x: from('a.out')}, outputs: {}})});
    await rig.run('--sandbox', 'none');
    const {source} = lastRecord(rig);
    expect(rig.read('own/own.sh')).toContain('# edited');
    const code = entriesOf(rig, source.folders.own?.digest).find(({path}) => path === 'own.sh');
    expect(rig.object(code?.digest ?? '')).not.toContain('# edited');
  });

  it('is kept again when the store has lost it, though every stage is cached', async () => {
    await using rig = await openRig();
    project(rig);
    rig.pipeline({b: {uses: './own'}});
    await rig.run();
    const {source} = lastRecord(rig);
    const lost = [source.files.digest, ...entriesOf(rig, source.files.digest).map(({digest}) => digest)];
    for (const digest of [...lost, source.folders.own?.digest as Digest])
      rmSync(objectPath(rig.layout, digest));
    const again = await rig.run();
    expect(again.events.at(-1)).toMatchObject({cached: 1, executed: 0});
    expect(lastRecord(rig).source).toEqual(source);
    expect(pathsOf(rig, source.files.digest)).toContain('p.yaml');
    expect(pathsOf(rig, source.folders.own?.digest)).toContain('own.sh');
  });

  it('may lie outside the project, and the record says nothing of where', async () => {
    await using rig = await openRig();
    mkdirSync(join(rig.project, '.repro'), {recursive: true});
    mkdirSync(join(rig.root, 'locks'));
    writeFileSync(join(rig.root, 'locks/bare.txt'), '');
    rig.pipeline(
      {a: shell('echo a > outputs/out')},
      {environments: {bare: {python: {lock: '../locks/bare.txt'}}}},
    );
    await rig.run();
    const record = lastRecord(rig);
    expect(record.source.file).toBe('project/p.yaml');
    expect(pathsOf(rig, record.source.files.digest)).toEqual(['locks/bare.txt', 'project/p.yaml']);
    expect(JSON.stringify(record)).not.toContain(rig.root);
  });
});

describe('a record of format 1', () => {
  it('can still be shown, and asked why', async () => {
    await using rig = await openRig();
    project(rig);
    rig.pipeline({b: {uses: './own'}});
    await rig.run();
    // What repro 0.1 wrote: no source, and less about the pipeline.
    const {source: _, run: __, pipeline, ...rest} = lastRecord(rig);
    const {name, profile, params, seed, text} = pipeline;
    const old = {run: 1, pipeline: {name, profile, params, seed, text}, ...rest};
    const [folder = ''] = readdirSync(join(rig.project, '.repro/runs'));
    rig.write({[`.repro/runs/${folder}/record.json`]: JSON.stringify(old)});
    expect((await rig.repro(['show'])).stdout).toContain('tiny · profile default · seed 1 · succeeded');
    rig.write({'own/own.sh': 'echo other > outputs/out'});
    expect((await rig.repro(['why', 'p.yaml', 'b'])).stdout).toContain('code');
  });
});

function project(rig: Rig): void {
  rig.write({
    'own/stage.yaml': JSON.stringify(KIND),
    'own/own.sh': 'echo own > outputs/out',
    'own/README.md': 'Own.',
  });
}

function lastRecord(rig: Rig): RunRecord2 {
  const run = readdirSync(join(rig.project, '.repro/runs')).sort().at(-1);
  return JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord2;
}

function entriesOf(rig: Rig, tree: Digest | undefined) {
  const parsed = parseManifest(readFileSync(objectPath(rig.layout, tree as Digest)));
  if (!parsed.ok) throw new Error(parsed.error.why);
  for (const {digest} of parsed.value.entries) readFileSync(objectPath(rig.layout, digest));
  return parsed.value.entries;
}

function pathsOf(rig: Rig, tree: Digest | undefined): readonly string[] {
  return entriesOf(rig, tree).map(({path}) => path);
}
