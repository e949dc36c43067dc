import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {SourceLocation} from '../../schemas/plan.ts';
import {type FetchRig, fetchRig} from './testing/fetch-rig.ts';
import {type GitRepository, makeRepository, serveRepository} from './testing/git-repository.ts';

const LOCAL = {gitProtocols: ['file']};

function at(repository: GitRepository, commit: string): SourceLocation {
  return {from: 'git', url: `file://${repository.folder}`, commit};
}

async function contentOf(rig: FetchRig, digest: Digest): Promise<Readonly<Record<string, string>>> {
  const {entries} = await readManifest(rig.store.artifacts, digest);
  const texts: Record<string, string> = {};
  for (const {path, digest: blob, executable} of entries) {
    texts[path + (executable ? ' (executable)' : '')] = Buffer.from(
      await rig.store.artifacts.read(blob),
    ).toString();
  }
  return texts;
}

describe('a repository at a commit', () => {
  it('becomes its files, byte for byte what git has, whatever its attributes ask for', async (context) => {
    const repository = makeRepository(context);
    repository.write({
      'unix.txt': 'a\nb\n',
      'dos.txt': 'a\r\nb\r\n',
      'id.txt': '$Id$\n',
      'wide.txt': 'ä\n',
      run: '#!/bin/sh\n',
    });
    repository.executable('run');
    const before = repository.commit();
    const attributes = [
      '*.txt text eol=crlf ident filter=evil',
      'wide.txt working-tree-encoding=UTF-16',
      'unix.txt export-ignore',
    ];
    repository.write({
      '.gitattributes': `${attributes.join('\n')}\n`,
      'folder/.gitattributes': '* text eol=crlf\n',
      'folder/x': 'a\n',
    });
    repository.git('config', 'filter.evil.smudge', 'touch evil');
    repository.git('-c', 'filter.evil.smudge=', 'add', '.gitattributes', 'folder');
    repository.git('commit', '--quiet', '-m', 'attributes');
    const commit = repository.git('rev-parse', 'HEAD');
    const rig = await fetchRig();
    const {artifact, notes} = await rig.fetch(at(repository, commit), {options: LOCAL});
    expect(await contentOf(rig, artifact.digest)).toEqual({
      '.gitattributes': `${attributes.join('\n')}\n`,
      'dos.txt': 'a\r\nb\r\n',
      'folder/.gitattributes': '* text eol=crlf\n',
      'folder/x': 'a\n',
      'id.txt': '$Id$\n',
      'run (executable)': '#!/bin/sh\n',
      'unix.txt': 'a\nb\n',
      'wide.txt': 'ä\n',
    });
    expect(notes).toEqual([]);
    expect(readdirSync(join(rig.store.layout.root, 'scratch'))).toEqual([]);
    // Pinned it is the same; another commit is not it, and has not entered the store.
    expect(await rig.outcome(at(repository, commit), {pin: artifact.digest, options: LOCAL})).toBe(
      artifact.digest,
    );
    expect(await rig.outcome(at(repository, before), {pin: artifact.digest, options: LOCAL})).toMatch(
      /^its 5 files are together sha256:[0-9a-f]{64}, and its pin says sha256:/,
    );
  });

  it('is fetched by no settings but ours, and runs nothing', async (context) => {
    const repository = makeRepository(context);
    repository.write({'a.txt': 'a\n'});
    const commit = repository.commit();
    const home = temporaryDirectory();
    const witness = join(home, 'witness');
    const settings = `[core]\n\tautocrlf = true\n\thooksPath = ${home}\n[url "https://evil.example/"]\n\tinsteadOf = file://\n`;
    writeFileSync(join(home, '.gitconfig'), settings);
    writeFileSync(join(home, 'post-checkout'), `#!/bin/sh\ntouch ${witness}\n`, {mode: 0o755});
    const variables = {
      PATH: process.env.PATH,
      HOME: home,
      GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
      GIT_SSH_COMMAND: `touch ${witness}`,
    };
    const rig = await fetchRig();
    const {artifact} = await rig.fetch(at(repository, commit), {options: {...LOCAL, variables}});
    expect(await contentOf(rig, artifact.digest)).toEqual({'a.txt': 'a\n'});
    expect(existsSync(witness)).toBe(false);
  });

  it('leaves submodules out and says so, and takes no links', async (context) => {
    const repository = makeRepository(context);
    repository.write({
      'a.txt': 'a\n',
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://evil.example/x\n',
    });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
    repository.git('add', 'a.txt', '.gitmodules');
    repository.git('commit', '--quiet', '-m', 'a submodule');
    const rig = await fetchRig();
    const {artifact, notes} = await rig.fetch(at(repository, repository.git('rev-parse', 'HEAD')), {
      options: LOCAL,
    });
    expect(Object.keys(await contentOf(rig, artifact.digest))).toEqual(['.gitmodules', 'a.txt']);
    expect(notes).toEqual(['left out: the submodule lib']);
    const linked = makeRepository(context);
    linked.link('secret', '/etc/passwd');
    expect(await rig.outcome(at(linked, linked.commit()), {options: LOCAL})).toMatchInlineSnapshot(`
      ""secret" is a symbolic link; only regular files are taken
      help: fetch it yourself, and name it as \`file:\` with the same \`sha256:\`"
    `);
  });

  it('fails in words', async (context) => {
    const repository = makeRepository(context);
    repository.write({'a.txt': 'a\n'});
    const commit = repository.commit();
    const rig = await fetchRig();
    const normal = (text: string) =>
      text.replaceAll(repository.folder, '<folder>').replaceAll(/[0-9a-f]{40}/g, '<40>');
    const outcome = async (location: SourceLocation, options = {}) =>
      normal(await rig.outcome(location, {options: {...LOCAL, ...options}}));
    expect([
      await outcome(at(repository, 'e'.repeat(40))),
      await outcome({from: 'git', url: `file://${repository.folder}/nowhere`, commit}),
      await outcome(at(repository, commit), {gitProtocols: ['https']}),
      await outcome(at(repository, commit), {variables: {PATH: ''}}),
      await outcome({from: 'git', url: 'https://127.0.0.1/x.git', commit}, {gitProtocols: []}),
      normal(await rig.outcome(at(repository, commit), {type: 'blob', options: LOCAL})),
    ]).toMatchInlineSnapshot(`
      [
        "file://<folder> has no commit <40>
      help: check the name; if it is gone, ask who published it",
        "file://<folder>/nowhere: fatal: '<folder>/nowhere' does not appear to be a git repository
      help: try again; if git says the same, fetch it yourself and name it as \`file:\`",
        "file://<folder>: fatal: transport 'file' not allowed
      help: try again; if git says the same, fetch it yourself and name it as \`file:\`",
        "git is not installed
      help: install git, then run again",
        "127.0.0.1 is no public address (loopback), so it is not asked
      help: if you trust it, allow it yourself: REPRO_ALLOW_PRIVATE=127.0.0.1",
        "a repository is a tree
      help: write \`type: tree\`, or leave it out",
      ]
    `);
    expect(
      await rig.outcome(at(repository, commit), {pin: digestFromHex('0'.repeat(64)), options: LOCAL}),
    ).toContain('its pin says');
  });
});

describe('a repository on a server', () => {
  it.for(['any', 'version 0'] as const)(
    'is fetched by its commit alone, or all of it where it must be (%s)',
    async (protocol, context) => {
      const repository = makeRepository(context);
      repository.write({'a.txt': 'first\n'});
      const first = repository.commit();
      repository.write({'a.txt': 'second\n'});
      repository.commit();
      const {port, asked} = await serveRepository(repository, protocol);
      const rig = await fetchRig({REPRO_ALLOW_PRIVATE: `127.0.0.1:${port}`});
      const location: SourceLocation = {from: 'git', url: `http://127.0.0.1:${port}/.git`, commit: first};
      const {artifact} = await rig.fetch(location);
      expect(await contentOf(rig, artifact.digest)).toEqual({'a.txt': 'first\n'});
      expect(asked.length).toBeGreaterThan(2);
      const refused = await fetchRig();
      expect(await refused.outcome(location)).toMatch(
        /^http:\/\/127.0.0.1:\d+ is not fetched: only https is/,
      );
    },
  );
});
