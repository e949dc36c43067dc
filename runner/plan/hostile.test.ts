import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buildSync} from 'esbuild';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {stagesDirectory} from './testing/planned.ts';

/**
 * Files that a stranger might send. Each in a process of its own, with little memory: what must not
 * happen is an abort, which no `catch` sees, or a process that does not end.
 */
const HEAD = 'repro: 1\nname: tiny\nenvironments: {default: host}\n';
const lines = (count: number, line: (i: number) => string) =>
  Array.from({length: count}, (_, i) => line(i)).join('\n');

const BOMBS: Readonly<Record<string, readonly [text: string, code: string]>> = {
  'a billion laughs': [`a: &a [x]\n${lines(9, (i) => `b${i}: &b${i} [*a, *a, *a]`)}`, 'yaml-feature'],
  'a thousand brackets': ['['.repeat(1000), 'too-deep'],
  'fifteen million brackets': ['['.repeat(15_000_000), 'too-deep'],
  'brackets that close': ['['.repeat(800) + ']'.repeat(800), 'too-deep'],
  'maps in maps': ['{a: '.repeat(100_000), 'too-deep'],
  'blocks in blocks': [lines(2000, (i) => `${' '.repeat(i)}a:`), 'too-deep'],
  'lists in lists': [`${'- '.repeat(100_000)}x`, 'too-deep'],
  'keys of keys': [`${'? '.repeat(100_000)}x`, 'too-deep'],
  'twenty thousand keys': [lines(20_000, (i) => `k${i}: ${i}`), 'unknown-key'],
  'one key twenty thousand times': ['k: 1\n'.repeat(20_000), 'duplicate-key'],
  'millions of values': [`a: [${'1,'.repeat(1_500_000)}1]`, 'too-many-nodes'],
  'a million commas': [`[${','.repeat(1_000_000)}]`, 'yaml-syntax'],
  'a number of a million digits': [`${HEAD}seed: ${'9'.repeat(1_000_000)}`, 'number-range'],
  'a scalar of five megabytes': [`${HEAD}description: ${'x'.repeat(5_000_000)}`, 'no-stages'],
  'a hundred thousand backslashes': [`${HEAD}description: "${'\\\\'.repeat(100_000)}"`, 'no-stages'],
  'a hundred thousand comments': [`${'# c\n'.repeat(100_000)}${HEAD}`, 'no-stages'],
  'a million quotes': [`a: '${"'".repeat(1_000_001)}`, 'missing-key'],
  'more than 16 MiB': ['#'.repeat(17 * 1024 * 1024), 'file-too-large'],
  'a matrix of 10^12': [
    `${HEAD}stages: {a: {uses: work, matrix: {${lines(12, (i) => `x${i}: [0,1,2,3,4,5,6,7,8,9],`).replaceAll('\n', ' ')}}}}`,
    'too-many-stages',
  ],
  'a million rounds': [
    `${HEAD}stages: {c: {chain: {rounds: 1000, stages: {d: {chain: {rounds: 1000, stages: {e: {uses: work}}}}}}}}`,
    'too-many-stages',
  ],
  'chains that hand each other on': [
    `${HEAD}stages:
  a: {chain: {rounds: 2, start: {m: "\${b.m}"}, next: {m: "\${chain.m}"}, stages: {}}}
  b: {chain: {rounds: 2, start: {m: "\${a.m}"}, next: {m: "\${chain.m}"}, stages: {}}}`,
    'cycle',
  ],
  'a cycle of five thousand': [
    `${HEAD}stages:\n${lines(5000, (i) => `  s${i}: {uses: work, inputs: {data: "\${s${(i + 1) % 5000}.out}", other: "\${s0.out}"}}`)}`,
    'cycle',
  ],
  'five thousand mistakes': [
    `${HEAD}stages:\n${lines(5000, (i) => `  s${i}: {uses: work, inputs: {data: "\${t${i}.out}", other: "\${s0.uot}"}}`)}`,
    'too-many-problems',
  ],
};

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'repro-hostile-'));
  const entry = `import {loadPlan} from './load-plan.ts';
    const [file, stagesDirectory] = process.argv.slice(2);
    const loaded = loadPlan({file, stagesDirectory, overrides: []});
    console.log(JSON.stringify(loaded.ok ? [] : [...new Set(loaded.error.map((one) => one.code))]));`;
  buildSync({
    stdin: {contents: entry, resolveDir: import.meta.dirname, loader: 'ts'},
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: join(directory, 'load.cjs'),
    logLevel: 'error',
  });
});

afterAll(() => rmSync(directory, {recursive: true, force: true}));

test.for(Object.entries(BOMBS))('%s', {timeout: 60_000}, ([name, [text, code]]) => {
  const file = join(directory, `${name.replaceAll(/\W+/g, '-')}.yaml`);
  writeFileSync(file, text);
  const argv = ['--max-old-space-size=768', join(directory, 'load.cjs'), file, stagesDirectory];
  const child = spawnSync(process.execPath, argv, {encoding: 'utf8', timeout: 45_000});
  expect({status: child.status, signal: child.signal, stderr: child.stderr}).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  expect(JSON.parse(child.stdout)).toContain(code);
});
