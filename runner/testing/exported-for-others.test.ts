import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {ROOT, type SourceFile, sourceFiles, target} from './source-files.ts';

/** `path: name` of what is exported though no other file imports it, and why. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'artifacts/testing/fault-writer.ts: writeUnderFaults': 'its bundle is imported by a process that is killed',
};

const EXPORTED =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;

/** `import {a, type b as c} from`, `export {a} from`, and `const {a} = await import(`. */
const NAMED = /\{([^{}]*)\}\s*(?:from\s+|=\s*await import\()'([^']+)'/g;
/** `import * as all from`, `import('x').Type`, `import('x').then(…)`: which names are used, the rest of the file says. */
const WHOLE = /(?:\*\s*(?:as \w+\s*)?from\s+|(?<!=\s*await )import\()'([^']+)'/g;

/** Benchmarks and builds import the rooms, too. */
function programs(): readonly SourceFile[] {
  const paths = ['bench', '.'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => /\.(mjs|ts)$/.test(name))
      .map((name) => join(folder, name)),
  );
  return paths.map((path) => ({path, text: readFileSync(join(ROOT, path), 'utf8'), imports: []}));
}

/** `path: name` of every export of our rooms that no other file of `files` imports. */
function unused(files: readonly SourceFile[]): readonly string[] {
  const imported = new Set<string>();
  const whole: (readonly [path: string, text: string])[] = [];
  for (const file of files) {
    for (const [, names = '', specifier = ''] of file.text.matchAll(NAMED))
      for (const name of names.split(','))
        imported.add(`${target(file, specifier)}: ${/^\s*(?:type )?(\w+)/.exec(name)?.[1]}`);
    for (const [, specifier = ''] of file.text.matchAll(WHOLE))
      whole.push([target(file, specifier) ?? specifier, file.text]);
  }
  const isWhole = (path: string, name: string) =>
    whole.some(([of, text]) => of === path && new RegExp(`\\b${name}\\b`).test(text));
  const ours = files.filter(({path}) => /^(schemas|artifacts|runner)\//.test(path));
  return ours.flatMap(({path, text}) =>
    [...text.matchAll(EXPORTED)].flatMap(([, name = '']) =>
      imported.has(`${path}: ${name}`) || isWhole(path, name) || isNamedByDoor(text, name)
        ? []
        : [`${path}: ${name}`],
    ),
  );
}

/** A type that an exported function takes or gives, or an exported type is made of, has a name for whoever wants it. */
function isNamedByDoor(text: string, name: string): boolean {
  const isType = new RegExp(`^export (?:interface|type) ${name}\\b`, 'm').test(text);
  const own = new RegExp(`^export \\w+ ${name}\\b`);
  const word = new RegExp(`\\b${name}\\b`);
  return isType && doorsOf(text).some((door) => !own.test(door) && word.test(door));
}

/** What others can see of a file: heads of exported functions; other exports whole. Biome breaks lines in one way only. */
function doorsOf(text: string): readonly string[] {
  const parts = text.split(/\n(?=\S)/);
  return parts.flatMap((part, at) => {
    if (!part.startsWith('export ')) return [];
    if (!/^export (?:async )?function/.test(part)) return [part];
    const [first = ''] = part.split('\n');
    const [last = ''] = parts[at + 1]?.split('\n') ?? [];
    return [first.endsWith('{') ? first : `${part} ${last}`];
  });
}

describe('an export', () => {
  const found = unused([...sourceFiles(), ...programs()]);

  it('is imported by another file, tests among them: what one file alone uses is no door', () => {
    expect(found.filter((one) => !(one in EXPLAINED))).toEqual([]);
  });

  it('is explained only while nobody imports it', () => {
    expect(Object.keys(EXPLAINED).filter((one) => !found.includes(one))).toEqual([]);
  });

  it('would be missed, and is found however it is imported', () => {
    const file = (path: string, text: string) => ({path, text, imports: []});
    const source = file(
      'runner/a.ts',
      ['one', 'two', 'three', 'four', 'five', 'alone'].map((name) => `export const ${name} = 1;\n`).join(''),
    );
    const others = [
      file('runner/b.ts', "import {one, type two as second} from './a.ts';\n"),
      file('runner/c.ts', "import * as all from './a.ts';\nall.three;\n"),
      file('runner/d.ts', "const {four} = await import('./a.ts');\n"),
      file('runner/e.ts', "const x = (await import('./a.ts')).five;\n"),
    ];
    expect(unused([source, ...others])).toEqual(['runner/a.ts: alone']);
  });
});
