import {readdirSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {eventsOf, statesOf} from '../testing/events.ts';
import {from, shell} from '../testing/pipeline-text.ts';
import {openRig, type Rig} from '../testing/rig.ts';

const TREE = {outputs: {out: {kind: 'files', type: 'tree'}}};

/** What a stage may leave where a file is expected, and what is said of it. */
const BAD_FILES = {
  'nothing at all': 'true',
  'a link to a file of the host': 'ln -s /etc/passwd outputs/out',
  'a link to nowhere': 'ln -s nowhere outputs/out',
  'a FIFO': 'mkfifo outputs/out',
  'a directory': 'mkdir outputs/out',
} as const;

/** The same where a directory is expected. */
const BAD_TREES = {
  'nothing at all': 'true',
  'a file': 'printf x > outputs/out',
  'a link to a directory of the host': 'ln -s /etc outputs/out',
  'a directory with a link to a file of the host': 'mkdir outputs/out; ln -s /etc/passwd outputs/out/x',
  'a directory with a FIFO': 'mkdir outputs/out; mkfifo outputs/out/x',
  'a directory with a name that other systems lack': 'mkdir outputs/out; touch "outputs/out/a:b"',
  'two names that are one elsewhere': 'mkdir outputs/out; touch outputs/out/a outputs/out/A',
} as const;

describe('an output', () => {
  it('of type blob is a regular file: anything else is refused by name', async () => {
    expect(await refusalsOf(BAD_FILES, {})).toMatchInlineSnapshot(`
      {
        "a FIFO": "it is a fifo; only regular files and directories are taken",
        "a directory": "it is a directory where one file is expected",
        "a link to a file of the host": "it is a symbolic link; only regular files and directories are taken",
        "a link to nowhere": "it is a symbolic link; only regular files and directories are taken",
        "nothing at all": "it does not exist",
      }
    `);
  });

  it('of type tree is a directory of regular files: anything else is refused by name', async () => {
    expect(await refusalsOf(BAD_TREES, TREE)).toMatchInlineSnapshot(`
      {
        "a directory with a FIFO": ""x" is a fifo; only regular files and directories are taken",
        "a directory with a link to a file of the host": ""x" is a symbolic link; only regular files and directories are taken",
        "a directory with a name that other systems lack": ""a:b" cannot be stored under this name: backslash or colon",
        "a file": "it is not a directory",
        "a link to a directory of the host": "it is a symbolic link; only regular files and directories are taken",
        "nothing at all": "it does not exist",
        "two names that are one elsewhere": ""a" and "A" would be one file on some file systems",
      }
    `);
  });

  it('is in the store only when all of its stage is right', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('printf secret > outputs/one; ln -s /etc/passwd outputs/two', {
        outputs: {one: {kind: 'text', type: 'blob'}, two: {kind: 'text', type: 'blob'}},
      }),
    });
    expect((await rig.run()).code).toBe(1);
    expect(receiptsIn(rig)).toEqual([]);
    expect((await rig.repro(['store', 'verify'])).code).toBe(0);
  });

  it('goes on to those who need it as it is: bytes, folders, executable or not', async () => {
    await using rig = await openRig();
    const make =
      'mkdir -p outputs/out/deep/er outputs/out/empty; printf 1 > outputs/out/deep/er/x; printf "#!/bin/sh\necho ran" > outputs/out/run; chmod 755 outputs/out/run';
    const look = 'cd inputs/files; find . -type f | sort > ../../outputs/out; ./run >> ../../outputs/out';
    rig.pipeline({a: shell(make, TREE), b: shell(look, {inputs: {files: from('a.out')}})});
    const ended = await rig.run();
    expect(ended.code).toBe(0);
    const [, finished] = eventsOf(ended, 'stage-finished');
    expect(rig.object(finished?.outputs.out?.digest ?? '')).toBe('./deep/er/x\n./run\nran\n');
  });

  it('of one stage is nothing to the next: scratch directories are clean, also of permissions', async () => {
    await using rig = await openRig();
    const mess = [
      'touch outputs/extra tmp/left resume/left left',
      'printf x > outputs/out',
      'rm -rf tmp; ln -s /etc tmp',
      'chmod 555 outputs resume',
    ].join('; ');
    const look =
      'seen=$(find . -path ./sdk -prune -o -path ./stage -prune -o -print | sort); echo "$seen" > outputs/out';
    rig.pipeline({a: shell(mess), b: shell(look, {inputs: {x: from('a.out')}})});
    for (const sandbox of ['auto', 'none']) {
      const ended = await rig.run('-j1', '--no-cache', '--sandbox', sandbox);
      expect(statesOf(ended)).toEqual({a: 'executed', b: 'executed'});
      const [, finished] = eventsOf(ended, 'stage-finished');
      const seen = rig
        .object(finished?.outputs.out?.digest ?? '')
        .trim()
        .split('\n');
      expect(seen).toEqual([
        '.',
        './inputs',
        './inputs/x',
        './outputs',
        './request.json',
        './resume',
        './tmp',
      ]);
    }
  });
});

describe('progress and metrics', () => {
  it('that are FIFOs or links neither hang the run nor leak a file', async () => {
    await using rig = await openRig();
    rig.pipeline({
      a: shell('mkfifo progress.jsonl; sleep 0.6; printf x > outputs/out'),
      b: shell(
        'ln -s /etc/passwd progress.jsonl; ln -s /etc/passwd metrics.jsonl; sleep 0.6; printf y > outputs/out',
      ),
      c: shell('mkfifo metrics.jsonl; printf z > outputs/out'),
    });
    const ended = await rig.run('--keep-going');
    expect(statesOf(ended)).toEqual({a: 'executed', b: 'output-refused', c: 'output-refused'});
    expect(eventsOf(ended, 'stage-progress')).toEqual([]);
  });
});

async function refusalsOf(scripts: Readonly<Record<string, string>>, more: object): Promise<unknown> {
  await using rig = await openRig();
  const stages = Object.values(scripts).map((script, i) => [`s${i}`, shell(script, {...more})] as const);
  rig.pipeline(Object.fromEntries(stages));
  const ended = await rig.run('--keep-going');
  expect(ended.code).toBe(1);
  expect(receiptsIn(rig)).toEqual([]);
  const failures = new Map(eventsOf(ended, 'stage-failed').map(({stage, failure}) => [stage, failure]));
  return Object.fromEntries(
    Object.keys(scripts).map((what, i) => {
      const failure = failures.get(`s${i}`);
      return [what, failure?.code === 'output-refused' ? failure.why : failure];
    }),
  );
}

function receiptsIn({layout}: Rig): readonly string[] {
  return readdirSync(layout.receipts, {recursive: true, encoding: 'utf8'});
}
