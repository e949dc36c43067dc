import {execFileSync} from 'node:child_process';
import {appendFileSync, chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {Project} from './testing/project.ts';

/** What is done to a clean work tree, and whether it is still clean. As `git status` says, but for the last ones. */
const CHANGES: readonly (readonly [what: string, clean: boolean, change: (project: Project) => void])[] = [
  ['nothing', true, () => undefined],
  ['a file written again as it was', true, (project) => project.write('a.txt', 'one\n')],
  ['a file touched', true, (project) => project.touch()],
  ['a file of the same size', false, (project) => project.write('a.txt', 'two\n')],
  ['a file grown', false, (project) => appendFileSync(join(project.folder, 'a.txt'), 'x')],
  ['a file gone', false, (project) => rmSync(join(project.folder, 'a.txt'))],
  ['a new file', false, (project) => project.write('b.txt', 'b')],
  ['a new empty folder', true, (project) => mkdirSync(join(project.folder, 'empty'))],
  ['a file executable', false, (project) => chmodSync(join(project.folder, 'a.txt'), 0o755)],
  [
    'a file executable where that means nothing',
    true,
    (project) => {
      project.config('core.fileMode=false');
      chmodSync(join(project.folder, 'a.txt'), 0o755);
    },
  ],
  [
    'a file turned into a link',
    false,
    (project) => {
      rmSync(join(project.folder, 'a.txt'));
      symlinkSync('b.txt', join(project.folder, 'a.txt'));
    },
  ],
  [
    'a file turned into a pipe',
    false,
    (project) => {
      rmSync(join(project.folder, 'a.txt'));
      execFileSync('mkfifo', [join(project.folder, 'a.txt')]);
    },
  ],
  [
    'a change that is staged',
    false,
    (project) => {
      project.write('a.txt', 'two\n');
      project.git('add', 'a.txt');
    },
  ],
  [
    'a file that is ignored',
    true,
    (project) => {
      appendFileSync(join(project.folder, '.git', 'info', 'exclude'), 'b.txt\n');
      project.write('b.txt', 'b');
    },
  ],
  [
    'line ends as on Windows',
    true,
    (project) => {
      project.config('core.autocrlf=true');
      project.write('a.txt', 'one\r\n');
      project.git('add', 'a.txt');
      project.touch();
    },
  ],
  [
    'odd names, a link and an empty file, committed',
    true,
    (project) => {
      for (const name of ['b\tc', 'd\ne', 'modèle', ' ', '"', ':(top)x']) project.write(name, name);
      project.write('empty', '');
      symlinkSync('a.txt', join(project.folder, 'link'));
      project.commit();
    },
  ],
  [
    'a submodule at another commit',
    false,
    (project) => {
      const inner = join(project.folder, 'inner');
      project.git('init', '--quiet', inner);
      project.git('-C', inner, 'commit', '--quiet', '--allow-empty', '-m', 'x');
      project.commit();
      project.git('-C', inner, 'commit', '--quiet', '--allow-empty', '-m', 'y');
    },
  ],
  [
    'a submodule as it was',
    true,
    (project) => {
      const inner = join(project.folder, 'inner');
      project.git('init', '--quiet', inner);
      project.git('-C', inner, 'commit', '--quiet', '--allow-empty', '-m', 'x');
      project.commit();
    },
  ],
];

describe('a work tree', () => {
  it.for(CHANGES)('%s', async ([, clean, change]) => {
    const project = new Project();
    change(project);
    const state = await project.state();
    expect(state?.clean).toBe(clean);
    expect(project.git('status', '--porcelain') === '').toBe(clean);
  });

  it('is clean with a file in the care of git-lfs, and not when that has changed', async () => {
    const project = new Project();
    const sha256 = '98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4';
    project.write('big', `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize 3\n`);
    project.commit();
    project.write('big', 'hi\n');
    expect((await project.state())?.clean).toBe(true);
    project.write('big', 'ho\n');
    expect((await project.state())?.clean).toBe(false);
  });

  it('is clean in a linked work tree and with SHA-256', async () => {
    const project = new Project();
    const linked = join(temporaryDirectory(), 'linked');
    project.git('worktree', 'add', '--quiet', linked);
    expect((await project.state(linked))?.clean).toBe(true);
    writeFileSync(join(linked, 'a.txt'), 'two\n');
    expect([(await project.state(linked))?.clean, (await project.state())?.clean]).toEqual([false, true]);
    rmSync(join(project.folder, '.git'), {recursive: true});
    project.git('init', '--quiet', '--object-format=sha256');
    const commit = project.commit();
    expect(await project.state()).toEqual({commit, clean: true, remote: null});
    expect(commit).toHaveLength(64);
    expect(readdirSync(project.folder)).toEqual(['.git', 'a.txt']);
  });
});
