import {expect, test} from 'vitest';
import type {Diagnostic, TextPosition} from '../../schemas/diagnostic.ts';
import {diagnosticText} from './diagnostic-text.ts';
import {throughDoor} from './door.ts';
import {ansiStyle} from './style.ts';

function print(place: Partial<TextPosition>, rest: Partial<Diagnostic> = {}): string {
  const whole = {file: '/p/x.yaml', line: 3, column: 1, length: 1, text: 'text', ...place};
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'cycle',
    message: 'it is wrong',
    place: whole,
    ...rest,
  };
  return diagnosticText([diagnostic], {directory: '/p'});
}

/** The marked part of the printed source line, by columns: each wide character takes two. */
function marked(printed: string): string {
  const [, , source = '', carets = ''] = printed.split('\n');
  const columns = [...source].flatMap((c) => (/[\u3000-\u9fff\u{1f300}-\u{1faff}]/u.test(c) ? [c, ''] : [c]));
  return columns.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1).join('');
}

test('carets stand under tabs and wide characters as a terminal shows them', () => {
  expect(marked(print({text: '\t\tabc: x', column: 3, length: 3}))).toBe('abc');
  expect(marked(print({text: '数学 🚀: wrong here', column: 8, length: 5}))).toBe('wrong');
  expect(marked(print({text: 'a: 数学', column: 4, length: 2}))).toBe('数学');
});

test('a very long line is cut around what matters', () => {
  const text = `${'x'.repeat(5000)}WRONG${'y'.repeat(5000)}`;
  const printed = print({text, column: 5001, length: 5});
  expect(marked(printed)).toBe('WRONG');
  expect(Math.max(...printed.split('\n').map((line) => line.length))).toBeLessThan(200);
});

test('what a file says can not move the cursor or forge a line', () => {
  const printed = print(
    {text: 'a: \u001b[31m\u202e'},
    {message: 'bad\nerror[fake]: \u001b[0m', help: 'a\rb'},
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(printed).not.toMatch(/[\u001b\r\u202e]/);
  expect(printed.split('\n')[0]).toBe('error[cycle]: bad\\nerror[fake]: \\u001b[0m');
});

test('related places and help follow; what is said of the same place stands under the caret', () => {
  const here = {file: '/p/x.yaml', line: 3, column: 1, length: 1, text: 'text'};
  const there = {...here, file: '/q/y.yaml', line: 9};
  expect(
    print(
      {},
      {
        related: [
          {message: 'look', place: here},
          {message: 'first given here', place: there},
        ],
        help: 'do it',
      },
    ),
  ).toMatchInlineSnapshot(`
    "error[cycle]: it is wrong
      x.yaml:3:1
         3 | text
           | ^ look
      first given here:
      /q/y.yaml:9:1
         9 | text
           | ^
      help: do it
    "
  `);
});

test('colours only set off what plain text says too', () => {
  const diagnostic: Diagnostic = {severity: 'warning', code: 'missing-file', message: 'm', help: 'h'};
  const styled = throughDoor(diagnosticText([diagnostic, diagnostic], {directory: '/p', style: ansiStyle}));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours.
  expect(styled.replaceAll(/\u001b\[\d+m/g, '')).toBe(
    diagnosticText([diagnostic, diagnostic], {directory: '/p'}),
  );
});
