import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {directories, projectRoot} from './directories.ts';
import {ownerIsAlive, ownerName} from './process-owner.ts';

describe('where things are kept', () => {
  it('is the XDG cache, else the home, else a temporary folder', () => {
    const store = (variables: Readonly<Record<string, string>>) =>
      directories('p.yaml', variables, '/somewhere').store;
    expect(store({XDG_CACHE_HOME: '/cache', HOME: '/home/ada'})).toBe('/cache/repro/store');
    expect(store({XDG_CACHE_HOME: '', HOME: '/home/ada'})).toBe('/home/ada/.cache/repro/store');
    expect(store({})).toBe('/tmp/.cache/repro/store');
  });

  it('of a project is beside its pipeline, or where the repository or an earlier run says', () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'a/b/c'), {recursive: true});
    expect(projectRoot(join(root, 'a/b/c'))).toBe(join(root, 'a/b/c'));
    mkdirSync(join(root, '.git'));
    expect(projectRoot(join(root, 'a/b/c'))).toBe(root);
    mkdirSync(join(root, 'a/.repro'));
    expect(projectRoot(join(root, 'a/b/c'))).toBe(join(root, 'a'));
    expect(directories('c/p.yaml', {}, join(root, 'a/b')).project).toBe(join(root, 'a/.repro'));
  });
});

describe('an owner', () => {
  it('is alive as long as its very process is', () => {
    const here = {boot: 'boot', host: 'here'};
    const owner = ownerName(here, process.pid);
    expect(owner).toMatch(new RegExp(`^here-\\d+-boot\\.${process.pid}\\.\\d+$`));
    expect(ownerIsAlive(owner, here)).toBe(true);
    expect(ownerIsAlive(owner, {...here, boot: 'another'})).toBe(false);
    // The same number, another process: ids are used again.
    expect(ownerIsAlive(owner.replace(/[^.]*$/, '1'), here)).toBe(false);
    expect(ownerIsAlive(owner.replace(/\.\d+\..*$/, '.999999999.1'), here)).toBe(false);
    // Another host's, or another container's: not for us to judge.
    expect(ownerIsAlive(owner, {...here, host: 'elsewhere'})).toBe(true);
  });
});
