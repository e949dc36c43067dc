import {expect, test} from 'vitest';
import {parseYaml} from './parse-yaml.ts';
import {collectProblems} from './problems.ts';
import {positionOf} from './text-file.ts';
import {spanAt, toJson} from './yaml-node.ts';

function read(text: string) {
  const problems = collectProblems('x.yaml');
  const node = parseYaml({path: 'x.yaml', text}, problems);
  return {node, json: node && toJson(node), codes: problems.errors().map(({code}) => code)};
}

test('values are those of YAML 1.2: no is text, 012 is twelve, a date is text', () => {
  const {json} = read('{a: no, b: 012, c: 2001-01-01, d: 1:30, e: 1e-6, f: true, g: ~, h: 0x1f}');
  expect({...(json as object)}).toEqual({
    a: 'no',
    b: 12,
    c: '2001-01-01',
    d: '1:30',
    e: 1e-6,
    f: true,
    g: null,
    h: 31,
  });
});

test('every value knows where it was written', () => {
  const {node} = read('stages:\n  sft:\n    with: {steps: 10}\n');
  expect(node && positionOf(spanAt(node, ['stages', 'sft', 'with', 'steps']))).toEqual({
    file: 'x.yaml',
    line: 3,
    column: 19,
    length: 2,
    text: '    with: {steps: 10}',
  });
});

test('Windows line ends change no place and no value', () => {
  const {node, json} = read('a: 1\r\nb: "x"\r\n');
  expect(JSON.stringify(json)).toBe('{"a":1,"b":"x"}');
  expect(node && positionOf(spanAt(node, ['b']))).toMatchObject({
    line: 2,
    column: 4,
    length: 3,
    text: 'b: "x"',
  });
});

test('keys can reach nothing of JavaScript', () => {
  expect(Object.getPrototypeOf(read('{a: 1}').json)).toBeNull();
  for (const key of ['__proto__', 'constructor', 'prototype', '"__proto__"', '? __proto__\n']) {
    expect(read(`${key}: {x: 1}`).codes).toContain('forbidden-key');
  }
});

test.for([
  ['%YAML 1.1\n---\na: no', 'yaml-feature'],
  ['a: &x 1', 'yaml-feature'],
  ['a: *x', 'yaml-feature'],
  ['a: !!str 1', 'yaml-feature'],
  ['a: !evil 1', 'yaml-feature'],
  ['<<: {a: 1}', 'yaml-feature'],
  ['a: 1\n---\nb: 1', 'yaml-feature'],
  ['a: 1\n...\nb: 1', 'yaml-feature'],
  ['a: 1\na: 2', 'duplicate-key'],
  ['a: 1\n"a": 2', 'duplicate-key'],
  ['a: 9007199254740993', 'number-range'],
  ['a: -9007199254740993', 'number-range'],
  ['a: .inf', 'number-range'],
  ['a: .nan', 'number-range'],
  ['a: 1e999', 'number-range'],
  ['a: 1e-400', 'number-range'],
  ['a: -0.0001e-330', 'number-range'],
  ['a: 9007199254740993.0', 'number-range'],
  ['a: "\\0"', 'control-character'],
  ['a: "\\ud800"', 'control-character'],
  ['{a: 1, , b: 2}', 'yaml-syntax'],
  ['a: "x', 'yaml-syntax'],
  ['a: [1', 'yaml-syntax'],
  ['[a]: 1', 'yaml-syntax'],
  [`a: {b: \${c.d}}`, 'unquoted-reference'],
] as const)('%j is refused: %s', ([text, code]) => {
  expect(read(text).codes).toContain(code);
});

test.for([63, 64, 65, 400])('%i levels of brackets, lists and maps', (depth) => {
  const texts = [
    '['.repeat(depth) + ']'.repeat(depth),
    `${'- '.repeat(depth)}x`,
    Array.from({length: depth}, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  ];
  for (const text of texts) expect(read(text).codes).toEqual(depth > 64 ? ['too-deep'] : []);
});
