import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {removeTree} from '../../../artifacts/files/remove-tree.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {type Hub, openHub} from '../../sources/testing/hub-server.ts';
import {CLI} from '../../testing/cli-process.ts';
import {eventsOf} from '../../testing/events.ts';
import {openRig, type Rig} from '../../testing/rig.ts';

const COMMIT = 'c'.repeat(40);
const FILES = [
  {path: 'config.json', bytes: Buffer.from('{}\n')},
  {path: 'model.safetensors', bytes: Buffer.alloc(3_000_000, 7), lfs: true},
];

const PIPELINE = `# Keep me.
repro: 1
name: tiny
environments: {bare: {python: {lock: bare.lock.txt}}}
sources:
  base:   # a model
    hf: org/name
    revision: ${COMMIT}
    sha256: unpinned # not yet
    kind: model
  text: {file: ./text.txt, sha256: 'unpinned', kind: text}
stages:
  a:
    uses: command
    with: {argv: [sh, -c, "cat inputs/base/config.json inputs/text > outputs/out"]}
    inputs: {base: "\${sources.base}", text: "\${sources.text}"}
    outputs: {out: {kind: text, type: blob}}
`;

interface Here extends AsyncDisposable {
  readonly rig: Rig;
  readonly hub: Hub;
  printed(...argv: readonly string[]): Promise<string>;
}

async function project(): Promise<Here> {
  const hub = await openHub({repository: 'org/name', commit: COMMIT, files: FILES});
  const rig = await openRig({variables: {HF_ENDPOINT: hub.endpoint, REPRO_ALLOW_PRIVATE: hub.cdn}});
  rig.write({'p.yaml': PIPELINE, 'text.txt': 'hello'});
  return {
    rig,
    hub,
    async printed(...argv) {
      const {stdout, stderr, code} = await rig.repro(argv);
      return `${stdout}${stderr}[${code}]`.replaceAll(rig.root, '<root>').replaceAll(hub.endpoint, '<hub>');
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

describe('repro lock', () => {
  it('shows what it would trust, and writes nothing unasked', async () => {
    await using here = await project();
    expect(await here.printed('lock', 'p.yaml')).toMatchInlineSnapshot(`
      "base · model
          hf      org/name
          commit  cccccccccccccccccccccccccccccccccccccccc
          has     2 files, 3.0 MB (3000003 bytes)
          sha256  62bb3cbdc5da339a5e5e95c07d4c61d03ea16dcc57013a9b32317e53b1df2ada
          pin in  p.yaml:9
          note    each file is what the hub lists at this commit: 1 by SHA-256, 1 by git’s SHA-1

      text · text
          file    <root>/project/text.txt
          has     one file, 5 B (5 bytes)
          sha256  2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
          pin in  p.yaml:11

      nothing was written: \`repro lock p.yaml --yes\` pins them
      [2]"
    `);
    expect(here.rig.read('p.yaml')).toBe(PIPELINE);
  });

  it('pins in place, and the run after it fetches nothing', async () => {
    await using here = await project();
    const {rig, hub} = here;
    expect(await here.printed('run', 'p.yaml')).toMatchInlineSnapshot(`
      "warning[unpinned-source]: source "base" is not pinned: it can be planned, but not run
        p.yaml:9:13
           9 |     sha256: unpinned # not yet
             |             ^^^^^^^^
        help: \`repro lock\` fetches it, shows what it is, and pins it

      warning[unpinned-source]: source "text" is not pinned: it can be planned, but not run
        p.yaml:11:36
          11 |   text: {file: ./text.txt, sha256: 'unpinned', kind: text}
             |                                    ^^^^^^^^^^
        help: \`repro lock\` fetches it, shows what it is, and pins it

      error[unpinned-source]: source "base" is unpinned, and an unpinned source never runs
        p.yaml:6:3
           6 |   base:   # a model
             |   ^^^^
        help: \`repro lock\` fetches it, shows what it is, and pins it

      error[unpinned-source]: source "text" is unpinned, and an unpinned source never runs
        p.yaml:11:3
          11 |   text: {file: ./text.txt, sha256: 'unpinned', kind: text}
             |   ^^^^
        help: what is there now has \`sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\`; write that if it is what you mean
      [2]"
    `);
    expect((await here.printed('lock', 'p.yaml', '--yes')).split('\n').slice(-2)).toEqual([
      'p.yaml: 2 pins written',
      '[0]',
    ]);
    const base = /sha256: "([0-9a-f]{64})" # not yet/.exec(rig.read('p.yaml'))?.[1] ?? '';
    const text = hexOf(digestOfBytes('hello'));
    expect(rig.read('p.yaml')).toBe(
      PIPELINE.replace("'unpinned'", `'${text}'`).replace('unpinned', `"${base}"`),
    );
    expect(readdirSync(rig.project).sort()).toEqual(['.repro', 'bare.lock.txt', 'p.yaml', 'text.txt']);
    expect(await here.printed('lock', 'p.yaml')).toBe(
      'nothing to lock in p.yaml: 2 sources, all pinned\n[0]',
    );
    const asked = hub.asked.length;
    const ran = await rig.run();
    expect([ran.code, hub.asked.length]).toEqual([0, asked]);
    expect(eventsOf(ran, 'source-ready').map(({source}) => source)).toEqual(['base', 'text']);
    expect(eventsOf(ran, 'source-progress')).toEqual([]);
  });

  it('pins anew what is asked for by name, and says what it was', async () => {
    await using here = await project();
    await here.printed('lock', 'p.yaml', '--yes');
    const pinned = here.rig.read('p.yaml');
    writeFileSync(join(here.rig.project, 'text.txt'), 'hello, world');
    expect(await here.printed('lock', 'p.yaml', '--yes', '--update', 'text', 'base')).toMatchInlineSnapshot(`
      "base · model
          hf      org/name
          commit  cccccccccccccccccccccccccccccccccccccccc
          has     2 files, 3.0 MB (3000003 bytes)
          sha256  62bb3cbdc5da339a5e5e95c07d4c61d03ea16dcc57013a9b32317e53b1df2ada
          pin in  p.yaml:9
          note    each file is what the hub lists at this commit: 1 by SHA-256, 1 by git’s SHA-1

      base is what its pin says

      text · text
          file    <root>/project/text.txt
          has     one file, 12 B (12 bytes)
          was     2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
          sha256  09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b
          pin in  p.yaml:11

      p.yaml: 1 pin written
      [0]"
    `);
    const [before, after] = ['hello', 'hello, world'].map((text) => hexOf(digestOfBytes(text)));
    expect(here.rig.read('p.yaml')).toBe(pinned.replace(before ?? '', after ?? ''));
    expect(await here.printed('lock', 'p.yaml', '--update', 'txt')).toMatchInlineSnapshot(`
      "error[unknown-source]: no source is called "txt"
        help: did you mean \`text\`?
      [2]"
    `);
  });

  it('pins in a file that is included, and the pin of that', async () => {
    await using here = await project();
    const {rig} = here;
    const included = PIPELINE.slice(PIPELINE.indexOf('sources:'), PIPELINE.indexOf('stages:'));
    const pin = hexOf(digestOfBytes(included));
    const main = PIPELINE.replace(
      included,
      `include: [{file: shared/sources.yaml, sha256: "${pin}"}] # shared\n`,
    );
    rig.write({'p.yaml': main, 'shared/sources.yaml': included, 'shared/text.txt': 'hello'});
    expect((await here.printed('lock', 'p.yaml', '--yes')).split('\n').slice(-3)).toEqual([
      'shared/sources.yaml: 2 pins written',
      'p.yaml: 1 pin written',
      '[0]',
    ]);
    expect(rig.read('p.yaml')).toBe(main.replace(pin, hexOf(digestOfBytes(rig.read('shared/sources.yaml')))));
    expect(await here.printed('check', 'p.yaml')).toContain('no errors\n[0]');
  });

  it('pins what it can, and says what it can not', async () => {
    await using here = await project();
    here.rig.write({
      'p.yaml': PIPELINE.replace('org/name', 'org/other').replace(' # not yet', '\n    type: tree'),
    });
    expect(await here.printed('lock', 'p.yaml', '--yes')).toMatchInlineSnapshot(`
      "text · text
          file    <root>/project/text.txt
          has     one file, 5 B (5 bytes)
          sha256  2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
          pin in  p.yaml:12

      p.yaml: 1 pin written
      error[unfetched-source]: source "base" can't be had: <hub>/org/other has no commit cccccccccccccccccccccccccccccccccccccccc, or not this file in it
        p.yaml:6:3
           6 |   base:   # a model
             |   ^^^^
        help: look up the full commit in the history of its files
      [1]"
    `);
    expect(here.rig.read('p.yaml')).toContain(`sha256: '${hexOf(digestOfBytes('hello'))}'`);
  });
});

/** A terminal of its own, in which somebody answers. */
const AT_A_TERMINAL = `
import os, pty, sys
answer, *argv = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(argv[0], argv)
seen = b""
try:
    while chunk := os.read(terminal, 4096):
        seen += chunk
        if b"[y/N]" in chunk:
            os.write(terminal, answer.encode() + b"\\n")
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe('repro lock at a terminal', () => {
  it.for([
    ['y', 0, 'p.yaml: 1 pin written'],
    ['n', 2, 'nothing was written'],
    ['', 2, 'nothing was written'],
  ] as const)('asks; %s', async ([answer, code, last]) => {
    await using here = await project();
    const {rig} = here;
    rig.write({'p.yaml': PIPELINE.replace('unpinned', `"${'0'.repeat(64)}"`)});
    const before = rig.read('p.yaml');
    const argv = ['-c', AT_A_TERMINAL, answer, process.execPath, CLI, 'lock', 'p.yaml'];
    const env = {PATH: process.env.PATH, HOME: rig.home, XDG_CACHE_HOME: rig.cache, TERM: 'dumb'};
    const {stdout, status} = spawnSync('python3', argv, {
      cwd: rig.project,
      env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(stdout).toContain('Pin it as it is? [y/N]');
    expect([status, stdout.trim().split(/\r?\n/).at(-1)]).toEqual([code, last]);
    expect(rig.read('p.yaml') === before).toBe(code !== 0);
  });
});

describe('a fetch that is killed', () => {
  it('is gone on with by the next one', async () => {
    await using here = await project();
    const {rig, hub} = here;
    hub.faults.held.set('model.safetensors', 2_000_000);
    const first = rig.start(['lock', 'p.yaml', '--yes']);
    const partial = join(rig.store, 'partial');
    await expect.poll(() => largestIn(partial), {timeout: 20_000}).toBeGreaterThan(1_000_000);
    first.signal('SIGKILL');
    expect((await first.end()).code).toBe(137);
    expect(await here.printed('lock', 'p.yaml', '--yes')).toContain('p.yaml: 2 pins written\n[0]');
    const ranges = hub.asked.filter(({where}) => where === 'cdn').map(({range}) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d{7}-$/)]);
    expect(readdirSync(partial)).toEqual([]);
  });
});

function largestIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return Math.max(
    0,
    ...readdirSync(folder).map((name) => statSync(join(folder, name), {throwIfNoEntry: false})?.size ?? 0),
  );
}

describe('a run', () => {
  it('fetches a pinned source, with progress, and says what it does', async () => {
    await using here = await project();
    await here.printed('lock', 'p.yaml', '--yes');
    removeTree(here.rig.store);
    const {stdout} = await here.rig.repro(['run', 'p.yaml']);
    expect(stdout).toContain('fetching source base (3.0 MB)\n');
    expect(stdout).toContain('a  executed');
  });
});
