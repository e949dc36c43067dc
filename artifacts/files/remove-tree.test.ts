import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {removeTree} from './remove-tree.ts';

const isRoot = process.getuid?.() === 0;

function made(): string {
  const folder = join(temporaryDirectory(), 'scratch');
  mkdirSync(folder);
  return folder;
}

/** As only a program that changes its directory can make them: no path leads to the innermost one. */
function nest(folder: string, depth: number, name: string): void {
  const program = `import os, sys
for i in range(int(sys.argv[1])):
    os.mkdir(sys.argv[2]); os.chdir(sys.argv[2])
open('innermost', 'w').close()`;
  execFileSync('python3', ['-c', program, String(depth), name], {cwd: folder});
}

describe('removes', () => {
  it('nothing, and a file, and what a link is and not what it leads to', () => {
    const folder = made();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(file, '');
    symlinkSync(folder, link);
    expect([join(folder, 'none'), link, file].flatMap(removeTree)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [3000, 'd'],
    [1500, 'x'.repeat(255)],
    [20, '模型'.repeat(40)],
  ])('folders nested %i deep', (depth, name) => {
    const folder = made();
    nest(folder, depth, name);
    expect(removeTree(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('names that are no text, at any depth', () => {
    const folder = Buffer.from(made());
    const inner = Buffer.concat([folder, Buffer.from('/\xff\xfe', 'latin1')]);
    mkdirSync(inner);
    writeFileSync(Buffer.concat([inner, Buffer.from('/\x80\n', 'latin1')]), '');
    expect(removeTree(folder.toString())).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('what nobody may enter, and more in one folder than it lists at once', () => {
    const folder = made();
    mkdirSync(join(folder, 'a/b'), {recursive: true});
    writeFileSync(join(folder, 'a/b/c'), '');
    for (let i = 0; i < 10_050; i++) writeFileSync(join(folder, 'a', `${i}`), '');
    for (const closed of ['a/b', 'a', '.']) chmodSync(join(folder, closed), 0o000);
    expect(removeTree(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it('what is beside a link out of it, and leaves what the link leads to', () => {
    const [folder, outside] = [made(), made()];
    writeFileSync(join(outside, 'precious'), '');
    for (const name of ['a', 'z']) writeFileSync(join(folder, name), '');
    symlinkSync(outside, join(folder, 'm'));
    expect(removeTree(folder)).toEqual([]);
    expect(readdirSync(outside)).toEqual(['precious']);
  });
});

describe('what can’t be removed is told and left, and hinders nothing beside it', () => {
  it.skipIf(!isRoot)('an immutable file (needs root)', (context) => {
    const folder = made();
    for (const name of ['a', 'm/immutable', 'm/other', 'z']) {
      mkdirSync(join(folder, 'm'), {recursive: true});
      writeFileSync(join(folder, name), '');
    }
    const immutable = join(folder, 'm/immutable');
    try {
      execFileSync('chattr', ['+i', immutable], {stdio: 'ignore'});
    } catch {
      return context.skip(); // This file system has no such flag.
    }
    try {
      expect(removeTree(folder)).toEqual([{path: immutable, why: 'EPERM'}]);
      expect(readdirSync(folder, {recursive: true}).sort()).toEqual(['m', 'm/immutable']);
    } finally {
      execFileSync('chattr', ['-i', immutable]);
    }
  });

  it.skipIf(!isRoot)('a mount, which is not emptied (needs root)', (context) => {
    const [folder, outside] = [made(), made()];
    writeFileSync(join(outside, 'precious'), '');
    const place = join(folder, 'a b/mount');
    mkdirSync(place, {recursive: true});
    writeFileSync(join(folder, 'z'), '');
    try {
      execFileSync('mount', ['--bind', outside, place], {stdio: 'ignore'});
    } catch {
      return context.skip(); // Not in a container that may not mount.
    }
    try {
      expect(removeTree(folder)).toEqual([{path: place, why: 'mount'}]);
      expect(readdirSync(outside)).toEqual(['precious']);
      expect(readdirSync(folder)).toEqual(['a b']);
    } finally {
      execFileSync('umount', [place]);
    }
    expect(removeTree(folder)).toEqual([]);
    expect(lstatSync(outside).isDirectory()).toBe(true);
  });
});
