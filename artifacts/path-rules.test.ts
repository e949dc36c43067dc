import {expect, it} from 'vitest';
import {checkPath} from './path-rules.ts';
import {Collisions} from './trees/collisions.ts';

const BROKEN: Readonly<Record<string, readonly string[]>> = {
  empty: ['', 'a//b', 'a/'],
  absolute: ['/etc/passwd', '/'],
  'dot component': ['.', '..', 'a/../b', './a', 'a/.'],
  'backslash or colon': ['a\\b', 'C:/x', 'file:stream'],
  'control character': ['a\0b', 'a\nb', '\x7f', 'a\u0085b', '\x1b[2J'],
  'text direction character': ['a\u202egpj.exe', '\u2066x', 'x\u200f'],
  'not NFC': ['e\u0301', 'a/\u212b'],
  'not Unicode': ['\ud800', 'a\udfffb', 'a\ufffdb'],
  'component over 255 bytes': ['a'.repeat(256), 'é'.repeat(128), `x/${'b'.repeat(300)}`],
  'over 1024 bytes': [`é/${'abcdefghi/'.repeat(103)}x`],
  'deeper than 64': [`${'a/'.repeat(64)}b`],
  'trailing dot or space': ['a.', 'a ', 'b./c', 'a..'],
  'Windows device name': ['CON', 'con', 'nul.txt', 'a/COM1', 'lpt9.x.y', 'aux ', 'COM¹'],
  'reserved name': ['.git', '.GIT/config', 'a/.git/hooks', 'GIT~1', '.repro', '.g\u200cit', '.ｇit'],
};

const FINE = [
  'a',
  'model.safetensors',
  'a/b/c.py',
  '-rf',
  '.gitignore',
  '.hidden',
  'two words.txt',
  'é',
  '日本語/ファイル',
  'x'.repeat(255),
  `${'a/'.repeat(63)}b`,
  'console',
  'a.con',
  '😀',
  'git',
  'evaluate[sft,rl]',
];

for (const [rule, paths] of Object.entries(BROKEN)) {
  it.each(paths)(`refuses ${rule}: %j`, (path) => {
    // A path may break several rules; that it is refused matters, and nearly always why.
    const checked = checkPath(path);
    expect(checked.ok).toBe(false);
    if (path !== 'aux ') expect(checked).toEqual({ok: false, error: rule});
  });
}

it.each(FINE)('takes %j', (path) => {
  expect(checkPath(path)).toEqual({ok: true, value: undefined});
});

it.each([
  [['a', 'a/b'], 'a'],
  [['a/b', 'a'], 'a'],
  [['a', 'a'], 'a'],
  [['README', 'readme'], 'README'],
  [['A/x', 'a/y'], 'A'],
  [['A', 'a/y'], 'A'],
  [['a/y', 'A'], 'a'],
  [['ﬁle', 'file'], 'ﬁle'],
  [['straße', 'STRASSE'], 'straße'],
  [['Σ', 'ς'], 'Σ'],
  [['x/a/1', 'x/b/1', 'X/c'], 'x'],
])('finds the collision in %j', (paths, other) => {
  const collisions = new Collisions();
  const answers = paths.map((path) => collisions.add(path));
  expect(answers.at(-1)).toBe(other);
  expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true);
});

it('finds none where there is none', () => {
  const collisions = new Collisions();
  const paths = ['a/b', 'a/c', 'a.b', 'ab', 'b/a/b', 'b/a/c', 'c', 'é', 'e'];
  expect(paths.map((path) => collisions.add(path)).filter(Boolean)).toEqual([]);
});
