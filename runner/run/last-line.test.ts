import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {lastLine} from './last-line.ts';

it('is the last line that says something', () => {
  const file = join(temporaryDirectory(), 'log');
  expect(lastLine(file)).toBe('');
  for (const [text, line] of [
    ['', ''],
    ['one', 'one'],
    ['one\ntwo\n\n', 'two'],
    [`${'x'.repeat(10_000)}\nlast\n`, 'last'],
  ] as const) {
    writeFileSync(file, text);
    expect(lastLine(file)).toBe(line);
  }
});
