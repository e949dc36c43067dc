import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openOutput} from '../files/open-regular-file.ts';
import {StatIndex} from '../files/stat-index.ts';
import {digestOfBytes} from '../hashing.ts';
import {describeIngestFailure} from '../ingest-failure.ts';
import {openStore} from '../open/open-store.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {digestTree} from './digest-tree.ts';
import {ingestBlob, ingestTree} from './ingest.ts';
import {materialise} from './materialise.ts';

const open = () => openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});

/** What a stage might leave in the directory it was given, and what must be said about it. */
const HOSTILE: Readonly<Record<string, readonly [leave: (folder: string) => void, failure: object]>> = {
  'a link to a host file': [(f) => symlinkSync('/etc/passwd', join(f, 'x')), {code: 'symlink', path: 'd/x'}],
  'a link to a host directory': [(f) => symlinkSync('/etc', join(f, 'x')), {code: 'symlink', path: 'd/x'}],
  'a link to nothing': [(f) => symlinkSync('nowhere', join(f, 'x')), {code: 'symlink', path: 'd/x'}],
  'a link to itself': [(f) => symlinkSync('x', join(f, 'x')), {code: 'symlink', path: 'd/x'}],
  'a FIFO': [(f) => execFileSync('mkfifo', [join(f, 'x')]), {code: 'fifo', path: 'd/x'}],
  'a repository': [(f) => mkdirSync(join(f, '.git')), {code: 'path', path: 'd/.git', rule: 'reserved name'}],
  'a name with a newline': [
    (f) => writeFileSync(join(f, 'a\nb'), ''),
    {code: 'path', path: 'd/a\nb', rule: 'control character'},
  ],
  'a name that is not UTF-8': [
    (f) => writeFileSync(Buffer.concat([Buffer.from(`${f}/`), Buffer.from([0xff])]), ''),
    {code: 'path', path: 'd/\ufffd', rule: 'not Unicode'},
  ],
  'two spellings of one name': [
    (f) => {
      writeFileSync(join(f, 'A'), '');
      writeFileSync(join(f, 'a'), '');
    },
    {code: 'collision', path: 'd/a', other: 'd/A'},
  ],
};

describe('what a stage may not leave behind', () => {
  for (const [what, [leave, failure]] of Object.entries(HOSTILE)) {
    it(what, async () => {
      const {artifacts, layout} = await open();
      const folder = temporaryDirectory();
      mkdirSync(join(folder, 'd'));
      writeFileSync(join(folder, 'good'), 'good');
      leave(join(folder, 'd'));
      expect(await ingestTree(artifacts, folder, {mode: 'copy'})).toEqual({ok: false, error: failure});
      expect(digestTree(folder)).toEqual({ok: false, error: failure});
      expect(readdirSync(layout.objects)).toEqual([]);
    });
  }

  it('a socket', async () => {
    const folder = temporaryDirectory();
    const server = createServer().listen(join(folder, 'x'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const {artifacts} = await open();
    const refused = await ingestTree(artifacts, folder, {mode: 'copy'});
    expect(refused).toEqual({ok: false, error: {code: 'socket', path: 'x'}});
    const alone = await ingestBlob(artifacts, join(folder, 'x'), {mode: 'copy'});
    expect(alone).toEqual({ok: false, error: {code: 'socket', path: ''}});
  });

  it('as one file: a FIFO, a directory, a link, a device', async () => {
    const {artifacts} = await open();
    const folder = temporaryDirectory();
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    mkdirSync(join(folder, 'directory'));
    symlinkSync('/etc/passwd', join(folder, 'symlink'));
    for (const code of ['fifo', 'directory', 'symlink'] as const) {
      const refused = await ingestBlob(artifacts, join(folder, code), {mode: 'link'});
      expect(refused).toEqual({ok: false, error: {code, path: ''}});
    }
    const device = await ingestBlob(artifacts, '/dev/null', {mode: 'copy'});
    expect(device).toEqual({ok: false, error: {code: 'device', path: ''}});
  });

  it('as a directory: a file, a link to one, nothing', async () => {
    const {artifacts} = await open();
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('.', join(folder, 'link'));
    const codeOf = async (name: string) => {
      const refused = await ingestTree(artifacts, join(folder, name), {mode: 'copy'});
      return refused.ok ? 'taken' : refused.error.code;
    };
    expect(await codeOf('file')).toBe('not-a-directory');
    expect(await codeOf('link')).toBe('symlink');
    expect(await codeOf('nothing')).toBe('absent');
  });

  it('a directory that turns into a link on the way to the file', () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real', 'file'), '');
    renameSync(join(folder, 'real'), join(folder, 'moved'));
    symlinkSync('moved', join(folder, 'real'));
    expect(openOutput(join(folder, 'real', 'file'), 'real/file')).toEqual({
      ok: false,
      error: {code: 'moved', path: 'real/file'},
    });
  });

  it('is said in words', () => {
    expect(describeIngestFailure({code: 'symlink', path: 'a/b'})).toMatchInlineSnapshot(
      `""a/b" is a symbolic link; only regular files and directories are taken"`,
    );
    expect(
      describeIngestFailure({code: 'path', path: 'a\nb', rule: 'control character'}),
    ).toMatchInlineSnapshot(`""a\\nb" cannot be stored under this name: control character"`);
    expect(describeIngestFailure({code: 'absent', path: ''})).toMatchInlineSnapshot(`"it does not exist"`);
  });
});

describe('a tree', () => {
  it('has no empty directories, and may have no files', async () => {
    const {artifacts} = await open();
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'empty/er'), {recursive: true});
    const tree = await ingestTree(artifacts, folder, {mode: 'copy'});
    expect(tree).toMatchObject({ok: true, value: {files: 0, size: 0}});
    if (tree.ok) await materialise(artifacts, tree.value, join(folder, 'laid down'), {link: true});
    expect(readdirSync(join(folder, 'laid down'))).toEqual([]);
  });

  it('has one digest, stored or only looked at, through a link or not', async () => {
    const {artifacts} = await open();
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'real/d'), {recursive: true});
    symlinkSync('real', join(folder, 'link'));
    writeFileSync(join(folder, 'real/d/main.py'), 'print()');
    const stored = await ingestTree(artifacts, join(folder, 'link/d'), {mode: 'copy'});
    const seen = digestTree(join(folder, 'real/d'));
    expect(stored.ok && seen.ok && stored.value.digest === seen.value.artifact.digest).toBe(true);
  });

  it('can leave files out, and with an index reads none twice', () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, '__pycache__'));
    writeFileSync(join(folder, '__pycache__/x.pyc'), 'x');
    writeFileSync(join(folder, 'main.py'), 'print()');
    writeFileSync(join(folder, 'README.md'), '#');
    execFileSync('touch', ['-d', '2001-01-01', join(folder, 'main.py')]);
    const asked: string[] = [];
    const include = (path: string) => asked.push(path) > 0 && !/^(?:README\.md|__pycache__\/)$/.test(path);
    const index = StatIndex.load(join(temporaryDirectory(), 'index'));
    const digest = digestTree(folder, {index, include});
    expect(asked.sort()).toEqual(['README.md', '__pycache__/', 'main.py']);
    expect(digest).toMatchObject({ok: true, value: {manifest: {entries: [{path: 'main.py', size: 7}]}}});
    expect(digestTree(folder, {index, include})).toEqual(digest);
  });

  it('with an unreadable file says which', async (ctx) => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'secret'), '');
    chmodSync(join(folder, 'secret'), 0);
    const refused = digestTree(folder);
    if (refused.ok) ctx.skip('this user may read everything');
    expect(refused).toEqual({ok: false, error: {code: 'unreadable', path: 'secret', errno: 'EACCES'}});
  });

  it('keeps what its files were, executable or not', async () => {
    const {artifacts} = await open();
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'tool'), '#!', {mode: 0o700});
    const tree = await ingestTree(artifacts, folder, {mode: 'link'});
    if (!tree.ok) throw new Error(describeIngestFailure(tree.error));
    const laidDown = join(temporaryDirectory(), 'tree');
    const placed = await materialise(artifacts, tree.value, laidDown, {link: true});
    expect(placed).toMatchObject({linked: 0, copied: 1, fallbacks: {executable: 1}});
    expect(digestTree(laidDown)).toMatchObject({
      value: {manifest: {entries: [{executable: true, digest: digestOfBytes('#!')}]}},
    });
  });
});
