import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {basename, dirname, join, normalize} from 'node:path';
import {describe, expect, it} from 'vitest';
import {isTest, ROOT, sourceFiles} from './source-files.ts';

const product = sourceFiles()
  .filter(({path}) => !isTest(path) && path !== 'reproduce.ts')
  .map(({path}) => path);

/** Folders that have a page of their own, whatever they hold: the rooms of a newcomer's first look. */
const ROOMS = [
  'schemas',
  ...['artifacts', 'runner'].flatMap((room) => [
    room,
    ...readdirSync(join(ROOT, room), {withFileTypes: true})
      .filter((entry) => entry.isDirectory() && (room === 'runner' || entry.name !== 'testing'))
      .map(({name}) => `${room}/${name}`),
  ]),
].sort();

const PAGES = new Map<string, string>(
  [...new Set(product.map(dirname)), ...ROOMS]
    .map((folder) => `${folder}/README.md`)
    .filter((path) => existsSync(join(ROOT, path)))
    .map((path) => [dirname(path), readFileSync(join(ROOT, path), 'utf8')]),
);

describe('the pages of the rooms', () => {
  it('are there for every room', () => {
    expect(ROOMS.filter((room) => !PAGES.has(room))).toEqual([]);
  });

  it('list every file of the room, by its name', () => {
    const unlisted = product.filter((path) => !isListed(path, PAGES.get(pageFolder(path)) ?? ''));
    expect(product.length).toBeGreaterThan(500);
    expect(unlisted).toEqual([]);
  });

  it('name no file that is not there', () => {
    const gone = [...PAGES].flatMap(([folder, text]) =>
      filesNamed(text)
        .filter((name) => !exists(folder, name))
        .map((name) => `${folder}/README.md: ${name}`),
    );
    expect(gone).toEqual([]);
  });

  it('would miss a file that is unlisted, and one that is gone', () => {
    expect(isListed('a/b/new-file.ts', '`new-file.ts` and `old-*.ts`')).toBe(true);
    expect(isListed('a/b/old-file.ts', '`new-file.ts` and `old-*.ts`')).toBe(true);
    expect(isListed('a/b/file.ts', '`new-file.ts`')).toBe(false);
    expect(exists('runner', 'run/no-such.ts')).toBe(false);
    expect(filesNamed('see `run/run-plan.ts: runPlan`, `a b.ts`, `x-*.ts` and ``c.py``')).toEqual([
      'run/run-plan.ts',
      'c.py',
    ]);
  });
});

/** The nearest folder upwards that has a page. */
function pageFolder(path: string): string {
  let folder = dirname(path);
  while (!PAGES.has(folder) && folder !== '.') folder = dirname(folder);
  return folder;
}

/** In backticks, with or without its folders and its ending; `*` stands for any part of a name. */
function isListed(path: string, text: string): boolean {
  const name = basename(path, '.ts');
  return [...text.matchAll(/`([\w./*-]+?)(?:\.ts)?(?::[^`]*)?`/g)].some(([, written = '']) => {
    const pattern = basename(written).replaceAll('.', '\\.').replaceAll('*', '.*');
    return new RegExp(`^${pattern}$`).test(name);
  });
}

/** Files of users and of Python that pages speak of. */
const NOT_OURS = ['sitecustomize.py', 'warm.py'];

/** What a page calls a file: TypeScript or Python, by a name without a star. */
function filesNamed(text: string): readonly string[] {
  return [...text.matchAll(/`([\w./-]+\.(?:ts|py))(?::[^`]*)?`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !NOT_OURS.includes(name));
}

/** From the room, from the top, from a room above, or anywhere within the room. */
function exists(folder: string, name: string): boolean {
  const above = [folder, dirname(folder), '.', 'runner', 'artifacts'].map((from) =>
    normalize(join(from, name)),
  );
  if (above.some((path) => existsSync(join(ROOT, path)))) return true;
  return readdirSync(join(ROOT, folder), {recursive: true, encoding: 'utf8'}).some(
    (path) => path === name || path.endsWith(`/${name}`),
  );
}
