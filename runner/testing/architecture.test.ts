import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {execaSync} from 'execa';
import {expect, it} from 'vitest';
import {FLOORS} from './floors.ts';
import {ROOT} from './source-files.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('ARCHITECTURE.md');

it('tells the floors in the order in which they stand', () => {
  const told = [...page.matchAll(/^\| `([\w/.-]+)` \|/gm)].map(([, room]) => room);
  expect(told).toEqual(FLOORS.map(([room]) => room));
  const rooms = [...read('runner/README.md').matchAll(/^\| `([\w-]+)\/` \|/gm)].map(
    ([, room]) => `runner/${room}`,
  );
  expect(rooms).toEqual([...told.filter((room) => room?.startsWith('runner/')), 'runner/testing']);
});

it('names only files that are there, in these pages as well', () => {
  const pages = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'README.md'];
  const named = pages.flatMap((name) =>
    [...read(name).matchAll(/`((?:artifacts|bench|pipelines|runner|schemas|stages)\/[\w/.-]+)`/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it('refers to nothing that is outside the repository', () => {
  const {stdout} = execaSync('git', ['ls-files', '*.ts', '*.mjs', '*.py', '*.md', '*.json'], {cwd: ROOT});
  const own = new Set(['runner/testing/architecture.test.ts']);
  const referring = stdout
    .split('\n')
    .filter((path) => !own.has(path) && /\bDESIGN\.md\b|\bresearch\/[a-z-]+\.md\b/.test(read(path)));
  expect(referring).toEqual([]);
});
