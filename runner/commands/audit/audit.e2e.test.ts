import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {serveFolder} from '../../../artifacts/testing/serve-folder.ts';
import {digestTree} from '../../../artifacts/trees/digest-tree.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openRig, type Rig} from '../../testing/rig.ts';

const ABOUT = {license: 'CC-BY-4.0', authors: [{name: 'Ada Lovelace'}]};
const OWN = {
  stage: 1,
  kind: 'upper',
  command: ['sh', `\${stage}/upper.sh`],
  inputs: {words: {kind: 'text'}, data: {kind: 'text'}},
  outputs: {model: {kind: 'model', type: 'tree'}},
};
const STAGES = {
  words: shell('printf hello > outputs/out'),
  model: {uses: './upper', inputs: {words: from('words.out'), data: from('sources.data')}},
};

it('a run is published, audited over plain HTTP without credentials, and pulled', async () => {
  await using rig = await aPublishedRun();
  const served = await serveFolder(join(rig.root, 'out'));
  const url = `${served.url}/publications/v1/${publicationOf(rig)}`;
  const printed = await said(rig, ['audit', url, '--key', keyOf(rig)]);
  expect(printed.replaceAll(served.url, 'https://bucket.example')).toMatchInlineSnapshot(`
    "tiny · number 1 · Ada Lovelace · CC-BY-4.0 · <day>
    publication <digest>
    run         <digest>

      publication  pass         its bytes are its name’s, in the one form of format 2
      signature    pass         3 envelopes signed by ed25519:<key> (<id>)
      newest       pass         number 1 of tiny, the first; nothing newer is here
      statements   pass         3 statements, each as the record says
      record       pass         its bytes are those that the publication names, in the one form of format 2
      keys         pass         2 key documents hashed again to the same keys, on one hardware class
      graph        pass         2 stages succeeded, and 2 inputs accounted for, 1 of them pinned sources
      plan         pass         planned again from the published pipeline: 2 stages come out with the same commands, params and inputs
      receipts     pass         2 in the bucket are those of the record
      source       pass         the pipeline and all that it includes, 3 files, hashed
      code         pass         what ran is what is published: 2 stage folders and the SDK, <n> files, hashed
      locks        pass         1 published, every requirement with its hashes
      pins         pass         1 pinned by SHA-256: 1 here and hashed
      artifacts    pass         2 files, <bytes>: each hashed
      logs         not checked  no stage wrote a log, metrics or a trace: there was nothing to hash
      trace        not checked  no stage has one, and no kind that was run says that it writes one
      sandbox      pass         2 stages ran confined to what they declare
      pickles      pass         no file runs code when it is loaded, by its bytes and its name
      attested     not checked  nobody has added one

    passed: 16 checks; to know, and no fault: logs, trace, attested
    next: repro pull https://bucket.example/publications/v1/<hex>   the final model, verified
          repro run https://bucket.example/publications/v1/<hex>    the same again, on this machine
    [0]"
  `);
  const pulled = await said(rig, ['pull', url, '--to', 'model']);
  expect(pulled).toMatchInlineSnapshot(`
    "model.model of tiny: 1 file, <bytes>, every byte verified; all of it was here
      signed by the key that it brings (<id>), which you have not chosen
      <digest>
      <root>/project/model
    [0]"
  `);
  expect(readFileSync(join(rig.project, 'model/weights'), 'utf8')).toBe('HELLO');
  expect(await said(rig, ['pull', url, 'words.out', '--to', 'model'])).toMatchInlineSnapshot(`
    "error[occupied]: model is there already
      help: name another place: --to DIR
    [2]"
  `);
  expect(await said(rig, ['pull', url, 'nothing.out'])).toMatchInlineSnapshot(`
    "error[unknown-artifact]: the run made nothing called nothing.out: it made words.out, model.model
      help: name one as STAGE.OUTPUT, or by its digest
    [2]"
  `);
});

it('a stranger’s run asks first, is bound to its content, and runs what it was published with', async () => {
  await using rig = await aPublishedRun();
  const url = `../out/publications/v1/${publicationOf(rig)}`;
  // Another user on another machine: no store, no project, no keys.
  for (const folder of [
    'cache/repro/store',
    'project/.repro',
    'project/upper',
    'project/data',
    'project/p.yaml',
    'home/.config',
  ])
    rmSync(join(rig.root, folder), {recursive: true, force: true});
  const refused = await said(rig, ['run', url]);
  expect(refused).toMatchInlineSnapshot(`
    "tiny · profile default · 2 stages · from ../out/publications/v1/<hex>
    signed by the key that it brings (<id>), which you have not chosen; says that it is by Ada Lovelace, signer <id>
    content <digest>

    It would run these commands, confined to scratch folders:

      words  sh -c "printf hello > outputs/out"
      model  sh stage/upper.sh

    It installs 0 packages, pinned by hash, from where your pip finds packages (environment bare).
    It reads data (a file), pinned by hash.
    It brings <n> files of its own, <bytes>; read them in
      <root>/cache/repro/guests/<hex>/project

    error[not-trusted]: this is somebody else’s code, and nobody is at a terminal to be asked
      help: read it; to run exactly this: --trust <digest>
    [2]"
  `);
  const content = /--trust (sha256:[0-9a-f]{64})/.exec((await rig.repro(['run', url])).stderr)?.[1] ?? '';
  expect(existsSync(join(rig.home, '.config/repro/trust'))).toBe(false);
  const other = content.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  expect(await said(rig, ['run', url, '--trust', other])).toMatchInlineSnapshot(`
    "error[not-trusted]: --trust names other content: this is <digest>
      help: read what changed before you trust it
    [2]"
  `);
  const ran = await rig.repro(['run', url, '--trust', content, '--json']);
  expect(ran.code).toBe(0);
  expect(ran.events.at(-1)).toMatchObject({event: 'run-finished', outcome: 'succeeded', executed: 2});
  expect((await rig.repro(['plan', url])).stdout).toContain('sh stage/upper.sh');
  // What somebody changes in the checkout is not what runs.
  const [guest = ''] = readdirSync(join(rig.cache, 'repro/guests'));
  const script = join(rig.cache, 'repro/guests', guest, 'project/upper/upper.sh');
  rmSync(script);
  writeFileSync(script, 'echo stolen > outputs/model/weights\n');
  const again = await rig.repro(['run', url, '--trust', content, '--json']);
  expect(again.events.at(-1)).toMatchObject({outcome: 'succeeded', executed: 0, cached: 2});
  expect(readFileSync(script, 'utf8')).toContain('tr a-z A-Z');
  // A trust that was not given by --trust alone is the user's, and can be taken back.
  expect(await said(rig, ['trust', 'list'])).toBe('nothing of anybody else is trusted\n[0]');
});

it('a part of a pipeline is audited as what it is', async () => {
  await using rig = await openRig();
  const later = {uses: 'collect', with: {tasks: [], evaluation_count: 1, demonstrations: 1}};
  rig.pipeline({words: STAGES.words, later}, ABOUT);
  expect((await rig.run('--until', 'words')).code).toBe(0);
  await rig.repro(['keys', 'new']);
  await rig.repro(['publish', '--to', '../out']);
  const url = `../out/publications/v1/${publicationOf(rig)}`;
  const {stdout, code} = await rig.repro(['audit', url, '--key', keyOf(rig)]);
  expect(code).toBe(0);
  expect(stdout.split('\n').find((line) => line.includes(' plan '))).toMatchInlineSnapshot(
    `"  plan         pass         planned again from the published pipeline: 1 of its 2 stages, which were run, come out with the same commands, params and inputs"`,
  );
});

it('what is not named to the byte does not run', async () => {
  await using rig = await openRig();
  for (const place of [
    'https://host.example/p.yaml',
    'git+https://host.example/r@main:p.yaml',
    's3://bucket/p.yaml',
  ]) {
    expect(await said(rig, ['run', place])).toContain('does not say to the byte what to run');
  }
});

async function aPublishedRun(): Promise<Rig> {
  const rig = await openRig();
  rig.write({
    'upper/stage.yaml': JSON.stringify(OWN),
    'upper/upper.sh':
      'test -f inputs/data/b.txt && mkdir outputs/model; tr a-z A-Z < inputs/words > outputs/model/weights\n',
  });
  rig.write({'data/a.txt': 'a', 'data/b.txt': 'b'});
  const data = digestTree(join(rig.project, 'data'));
  if (!data.ok) throw new Error('no data');
  const source = {file: './data', kind: 'text', sha256: hexOf(data.value.artifact.digest)};
  rig.pipeline(STAGES, {...ABOUT, sources: {data: source}});
  await rig.run();
  await rig.repro(['keys', 'new']);
  const published = await rig.repro(['publish', '--to', '../out']);
  expect(published.code).toBe(0);
  return rig;
}

function publicationOf(rig: Rig): string {
  return readdirSync(join(rig.root, 'out/publications/v1'))[0] ?? '';
}

function keyOf(rig: Rig): string {
  return readFileSync(join(rig.home, '.config/repro/keys/default.pub'), 'utf8').trim();
}

async function said(rig: Rig, argv: readonly string[]): Promise<string> {
  const {stdout, stderr, code} = await rig.repro(argv);
  const text = normalise(stdout + stderr, rig)
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<hex>')
    .replaceAll(/\([0-9a-f]{16}\)/g, '(<id>)')
    .replaceAll(/signer [0-9a-f]{16}/g, 'signer <id>')
    .replaceAll(/ed25519:[A-Za-z0-9+/]+=*/g, 'ed25519:<key>')
    .replaceAll(/\d{4}-\d\d-\d\d/g, '<day>')
    // What the SDK has is no matter of this test.
    .replaceAll(/(SDK,|brings) \d+ files/g, '$1 <n> files')
    .replaceAll(/\d+(\.\d)? [kM]?B\b/g, '<bytes>');
  return `${text}[${code}]`;
}
