import {cpSync, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {findProgram} from '../executors/find-program.ts';
import type {Ended} from '../testing/cli-process.ts';
import {files, KIND, PROGRAM} from '../testing/counting-project.ts';
import {digestsOf, keysOf, statesOf} from '../testing/events.ts';
import {openSharedRig, type Rig} from '../testing/rig.ts';

let rig: Rig;
let before: Ended;

beforeAll(async () => {
  rig = await openSharedRig();
  rig.write(files('hello'));
  before = await rig.run();
  expect(before.code).toBe(0);
  return () => rig[Symbol.asyncDispose]();
});

/** The project as it was, in a folder of its own, so that no test sees another's change. */
function copyOf(name: string): string {
  const folder = join(rig.root, name, 'project');
  cpSync(rig.project, folder, {recursive: true, filter: (path) => !path.includes('.repro')});
  return folder;
}

/** `repro run --json` in that copy, with its files and the world changed. */
async function runWith(
  name: string,
  change: Readonly<Record<string, string>>,
  {
    variables = {},
    flags = [],
  }: {readonly variables?: Readonly<Record<string, string>>; readonly flags?: readonly string[]} = {},
): Promise<Ended> {
  const directory = copyOf(name);
  for (const [path, text] of Object.entries(change)) {
    mkdirSync(join(directory, path, '..'), {recursive: true});
    writeFileSync(join(directory, path), text);
  }
  const ended = await rig.repro(['run', 'p.yaml', '--json', ...flags], {directory, variables});
  expect(ended.code).toBe(0);
  return ended;
}

/** The stages whose keys are not what they were. */
function changed(ended: Ended): readonly string[] {
  const keys = keysOf(before);
  return Object.entries(keysOf(ended))
    .filter(([stage, key]) => keys[stage] !== key)
    .map(([stage]) => stage);
}

function executed(ended: Ended): readonly string[] {
  return Object.entries(statesOf(ended))
    .filter(([, state]) => state === 'executed')
    .map(([stage]) => stage);
}

describe('no key is changed by', () => {
  const same = async (ended: Promise<Ended>) => {
    const found = await ended;
    expect(keysOf(found)).toEqual(keysOf(before));
    expect(digestsOf(found)).toEqual(digestsOf(before));
    expect(executed(found)).toEqual([]);
  };

  it('a comment, an empty line, another way to write the same YAML', () =>
    same(
      runWith('comment', {
        'p.yaml': `# a comment\n${files('hello')['p.yaml']}\n`
          .replace(
            'params: {times: {type: integer, default: 2},',
            'params:\n  {"times": {"default": 0x2, type: integer},',
          )
          .replace('name: tiny', "name: 'tiny' # not a good name"),
      }),
    ));

  it('the order of keys, of stages and of what is in them', () =>
    same(runWith('order', {'p.yaml': reordered(files('hello')['p.yaml'] ?? '')})));

  it('words for people: descriptions, authors, a licence', () =>
    same(
      runWith('words', {
        'p.yaml': (files('hello')['p.yaml'] ?? '').replace(
          'description: A test.',
          'description: Other.\nauthors: [{name: Ada}]\nlicense: MIT',
        ),
      }),
    ));

  it('another directory', () => same(runWith('a b/ü/elsewhere', {})));

  it('another user, home and locale', () => {
    const home = join(rig.root, 'another-home');
    mkdirSync(home);
    return same(
      runWith(
        'user',
        {},
        {
          variables: {
            HOME: home,
            USER: 'somebody',
            LOGNAME: 'somebody',
            LC_ALL: 'tr_TR.UTF-8',
            LANG: 'de_DE',
          },
        },
      ),
    );
  });

  it('another time zone and another time', () => {
    // Six years and a bit later, for all that Node knows.
    const later = 'const now = Date.now; Date.now = () => now() + 2e11;';
    return same(
      runWith(
        'time',
        {},
        {
          variables: {
            TZ: 'Pacific/Kiritimati',
            NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(later)}`,
          },
        },
      ),
    );
  });

  it('another time, for the whole machine', async (context) => {
    const faketime = findProgram('faketime', process.env.PATH ?? '');
    context.skip(faketime === undefined, 'NOT TESTED: faketime is not installed');
    await same(runWith('faketime', {}, {variables: {LD_PRELOAD: 'libfaketime.so.1', FAKETIME: '+2000d'}}));
  });

  it('a README, a test or a hidden file in a stage folder', () =>
    same(
      runWith('readme', {
        'count/README.md': 'Counts, and how!',
        'count/test_count.py': 'def test(): assert False',
        'count/tests/data.txt': 'x',
        'count/.hidden': 'x',
        'count/__pycache__/main.cpython-311.pyc': 'x',
      }),
    ));

  it('a param that no stage uses', () => same(runWith('unused', {}, {flags: ['-p', 'unused=5']})));

  it('what is cached, in which store, with how many jobs, in which sandbox', () =>
    same(runWith('ways', {}, {flags: ['-j1', '--sandbox', 'none', '--keep-going']})));
});

describe('exactly what it should change is changed by', () => {
  it('a param: the stage that uses it, and not what gets the same bytes from it', async () => {
    const ended = await runWith('param', {}, {flags: ['-p', 'times=3']});
    expect(changed(ended)).toEqual(['count', 'coarse']);
    // The cascade stops where bytes are the same again.
    expect(executed(ended)).toEqual(['count', 'coarse']);
    expect(digestsOf(ended)['last.out']).toBe(digestsOf(before)['last.out']);
  });

  it('a param that changes everything downstream: all of it', async () => {
    const ended = await runWith('all', {}, {flags: ['-p', 'times=300']});
    expect(changed(ended)).toEqual(['count', 'coarse', 'last']);
    expect(executed(ended)).toEqual(['count', 'coarse', 'last']);
  });

  it('a line of a stage program, even one that changes no byte of what it gives', async () => {
    const ended = await runWith('program', {'count/main.py': `${PROGRAM}# the end\n`});
    expect(changed(ended)).toEqual(['count']);
    expect(executed(ended)).toEqual(['count']);
  });

  it('a new file beside a stage program', async () => {
    const ended = await runWith('file', {'count/data/table.csv': '1,2\n'});
    expect(changed(ended)).toEqual(['count']);
  });

  it('a byte of a source, with its pin', async () => {
    const ended = await runWith('source', files('jello'));
    expect(changed(ended)).toEqual(['count']);
    expect(executed(ended)).toEqual(['count']);
  });

  it('the seed: the stages that take one, and these take none', async () => {
    const ended = await runWith('seed', {
      'p.yaml': (files('hello')['p.yaml'] ?? '').replace('seed: 1', 'seed: 2'),
    });
    expect(changed(ended)).toEqual([]);
    const seeded = KIND.replace('command:', 'seed: true\ncommand:');
    const one = keysOf(await runWith('seed1', {'count/stage.yaml': seeded}));
    const two = keysOf(
      await runWith('seed2', {
        'count/stage.yaml': seeded,
        'p.yaml': (files('hello')['p.yaml'] ?? '').replace('seed: 1', 'seed: 2'),
      }),
    );
    expect(Object.keys(one).filter((stage) => one[stage] !== two[stage])).toEqual(['count']);
  });

  it('a line of the lock: every stage in its environment', async () => {
    const directory = copyOf('lock');
    writeFileSync(join(directory, 'bare.lock.txt'), '# nothing, in other words\n');
    // Asked of the plan, so that no environment has to be built.
    const {stdout} = await rig.repro(['plan', 'p.yaml', '--json'], {directory});
    const planned = (JSON.parse(stdout) as {stages: {name: string; key: string | null}[]}).stages;
    const keys = keysOf(before);
    expect(planned.filter(({key}) => key !== null).map(({name}) => name)).toEqual(['count', 'alone']);
    expect(planned.filter(({name, key}) => key === keys[name])).toEqual([]);
  });

  it('a source that is not what its pin says: nothing runs', async () => {
    const directory = copyOf('pin');
    writeFileSync(join(directory, 'text.txt'), 'jello');
    const ended = await rig.repro(['run', 'p.yaml'], {directory});
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatchInlineSnapshot(`
      "error[changed-source]: source "text" is not the bytes that its pin names
        p.yaml:8:11
           8 | sources: {text: {file: text.txt, kind: text, sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}}
             |           ^^^^
        help: what is there has \`sha256: 187c9bceeb919e1b3e6d20fa50ecabf7d9d50b5343e8f9a3d912abb13929102e\`: restore the file, or change the pin if you mean the new bytes
      "
    `);
    expect(existsSync(join(directory, '.repro/runs'))).toBe(false);
  });
});

/** The same document with every map turned around. */
function reordered(text: string): string {
  const [head = '', stages = ''] = text.split('stages:\n');
  const lines = head.trim().split('\n').reverse().join('\n');
  const entries = stages.split(/\n(?= {2}[a-z])/).map((entry) => {
    const [name, ...inner] = entry.trimEnd().split('\n');
    const comments = inner.filter((line) => line.trim().startsWith('#'));
    const rest = inner.filter((line) => !comments.includes(line));
    return [name, ...rest.reverse()].join('\n');
  });
  return `stages:\n${entries.reverse().join('\n')}\n${lines}\n`;
}
