import {mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {objectPath, receiptPath} from '../../artifacts/layout.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {RunRecord} from '../../schemas/run-record.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const SETTLED = /^2 stages cached, nothing to do; saved \d+\.\d s\n$/;

/** A source, a kind of its own, and a stage after it. Run, and run again: nothing is left to do. */
async function settledRig(): Promise<Rig> {
  const rig = await openRig();
  rig.write({
    'text.txt': 'hello',
    'copy/stage.yaml': JSON.stringify({
      stage: 1,
      kind: 'copy',
      command: ['sh', `\${stage}/main.sh`],
      inputs: {text: {kind: 'text'}},
      outputs: {out: {kind: 'text', type: 'blob'}},
    }),
    'copy/main.sh': 'cat inputs/text > outputs/out',
    'copy/README.md': 'Copies.',
  });
  mkdirSync(join(rig.project, 'copy/empty'));
  rig.pipeline(
    {
      a: {uses: './copy', inputs: {text: from('sources.text')}},
      b: shell('cat inputs/x > outputs/out', {inputs: {x: from('a.out')}}),
    },
    {sources: {text: {file: 'text.txt', kind: 'text', sha256: hexOf(digestOfBytes('hello'))}}},
  );
  await quiet(rig);
  expect(await ask(rig)).toMatch(/2 stages done/);
  expect(await ask(rig)).toMatch(SETTLED);
  return rig;
}

/** What was touched within a tick of the run's start is looked at again, rightly: here that is not wanted. */
async function quiet(rig: Rig): Promise<void> {
  const past = new Date(Date.now() - 10_000);
  for (const name of readdirSync(rig.project)) utimesSync(join(rig.project, name), past, past);
  await new Promise((resolve) => setTimeout(resolve, 50));
}

async function ask(rig: Rig, ...flags: readonly string[]): Promise<string> {
  const ended = await rig.repro(['run', 'p.yaml', ...flags]);
  expect(ended).toMatchObject({code: 0, stderr: ''});
  return ended.stdout;
}

describe('a run with nothing left to do', () => {
  it('says so again and again, and leaves no trace of it', async () => {
    await using rig = await settledRig();
    const first = await ask(rig);
    expect(first).toMatch(SETTLED);
    expect(await ask(rig)).toBe(first);
    expect(readdirSync(join(rig.project, '.repro/runs'))).toHaveLength(1);
  });

  it('is another question with other flags, another store, another directory', async () => {
    await using rig = await settledRig();
    expect(await ask(rig, '-j2')).toMatch(/2 stages done in .*: 2 cached/);
    expect(await ask(rig, '--no-cache')).toMatch(/2 stages done in .*: 2 executed/);
    expect(await ask(rig, '--no-cache')).toMatch(/2 stages done in .*: 2 executed/);
    expect(await ask(rig, '--store', join(rig.root, 'store'))).toMatch(/2 stages done in .*: 2 executed/);
  });

  it('of a part of the pipeline does not speak for the whole', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf a > outputs/out'), b: shell('printf b > outputs/out')});
    await quiet(rig);
    expect(await ask(rig, '--until', 'a')).toMatch(/1 stage done in .*: 1 executed/);
    expect(await ask(rig, '--until', 'a')).toMatch(/^1 stage cached, nothing to do/);
    expect(await ask(rig)).toMatch(/2 stages done in .*: 1 executed, 1 cached/);
  });

  it('is never assumed of a stage that says `reuse: none`', async () => {
    await using rig = await openRig();
    rig.pipeline({a: shell('printf a > outputs/out', {reuse: 'none'})});
    await quiet(rig);
    expect(await ask(rig)).toMatch(/1 executed/);
    expect(await ask(rig)).toMatch(/1 executed/);
  });
});

/** What can happen to a settled project, and what the next run then does. */
const CHANGES: Readonly<Record<string, readonly [(rig: Rig) => void, RegExp]>> = {
  'a pipeline that was only touched': [(rig) => touch(rig, 'p.yaml'), /: 2 cached/],
  'a pipeline with another line': [
    (rig) => rig.write({'p.yaml': rig.read('p.yaml').replace('cat inputs/x', 'cat  inputs/x')}),
    /: 1 executed, 1 cached/,
  ],
  'a source that was only touched': [(rig) => touch(rig, 'text.txt'), /: 2 cached/],
  'a stage program with another line': [
    (rig) => rig.write({'copy/main.sh': 'cat inputs/text > outputs/out # !'}),
    /: 1 executed, 1 cached/,
  ],
  'a stage program that is as long as before': [
    (rig) => rig.write({'copy/main.sh': 'cat inputs/text >outputs/out '}),
    /: 1 executed, 1 cached/,
  ],
  'a new file in a stage folder': [(rig) => rig.write({'copy/more.txt': ''}), /: 1 executed, 1 cached/],
  'a new file in an empty folder of a stage': [
    (rig) => rig.write({'copy/empty/more.txt': ''}),
    /: 1 executed, 1 cached/,
  ],
  'a new folder in a stage folder': [(rig) => rig.write({'copy/new/more.txt': ''}), /: 1 executed, 1 cached/],
  'a README in a stage folder': [(rig) => rig.write({'copy/README.md': 'Really copies.'}), /cached/],
  'another lock': [(rig) => touch(rig, 'bare.lock.txt'), /: 2 cached/],
  'an object that is gone': [
    (rig) => rmSync(objectPath(rig.layout, lastReceipt(rig).out)),
    /: 1 executed, 1 cached/,
  ],
  'a receipt that is gone': [(rig) => rmSync(lastReceipt(rig).file), /: 1 executed, 1 cached/],
};

describe('a run looks properly after', () => {
  for (const [what, [change, expected]] of Object.entries(CHANGES)) {
    it(what, async () => {
      await using rig = await settledRig();
      change(rig);
      expect(await ask(rig)).toMatch(expected);
    });
  }

  it('a source that is not the pinned bytes any more, and refuses it', async () => {
    await using rig = await settledRig();
    rig.write({'text.txt': 'jello'});
    const ended = await rig.repro(['run', 'p.yaml']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('error[changed-source]');
  });

  it('a source that came back with other bytes, and refuses it', async () => {
    await using rig = await settledRig();
    rmSync(join(rig.project, 'text.txt'));
    await quiet(rig);
    for (let time = 0; time < 2; time++) {
      const ended = await rig.repro(['run', 'p.yaml']);
      expect(ended.stdout).toMatch(/: 2 cached/);
      expect(ended.stderr).toContain('warning[missing-file]');
    }
    rig.write({'text.txt': 'jello'});
    expect((await rig.repro(['run', 'p.yaml'])).code).toBe(2);
  });

  it('a file that changed while it was running', async () => {
    await using rig = await settledRig();
    const script = `cat inputs/text > outputs/out; echo '{"step": 1}' > progress.jsonl; while [ -e ${rig.root}/wait ]; do sleep 0.02; done`;
    rig.write({'copy/main.sh': script, '../wait': ''});
    await quiet(rig);
    const running = rig.start(['run', 'p.yaml', '--json', '--sandbox', 'none']);
    await running.event('stage-progress');
    // It was read when the run began, and is another one when it ends.
    rig.write({'copy/main.sh': `${script} # changed`});
    rmSync(join(rig.root, 'wait'));
    expect((await running.end()).code).toBe(0);
    expect(await ask(rig, '--sandbox', 'none')).toMatch(/: 1 executed, 1 cached/);
    expect(await ask(rig, '--sandbox', 'none')).toMatch(SETTLED);
  });

  it('what it remembers was damaged', async () => {
    await using rig = await settledRig();
    const folder = join(rig.cache, 'repro/settled');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'repro-settled-1\ngarbage');
    expect(await ask(rig)).toMatch(/: 2 cached/);
  });
});

function touch(rig: Rig, path: string): void {
  const now = new Date();
  utimesSync(join(rig.project, path), now, now);
}

/** Of stage a. */
function lastReceipt(rig: Rig): {readonly file: string; readonly out: Digest} {
  const [run = ''] = readdirSync(join(rig.project, '.repro/runs'));
  const record = JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord;
  const stage = record.stages.find(({name}) => name === 'a');
  if (stage?.state !== 'executed') throw new Error('a was not executed');
  const {key, hardware, outputs} = stage.receipt;
  return {file: receiptPath(rig.layout, key, hardware.digest), out: outputs.out?.digest as Digest};
}
