import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {DIAGNOSTIC_CODES} from './diagnostic-code.ts';

test('the README says what every code is about, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('| codes |'));
  const documented = [...table.matchAll(/^\|((?: `[a-z0-9-]+`)+) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/[a-z0-9-]+/g) ?? [],
  );
  expect(documented.sort()).toEqual([...DIAGNOSTIC_CODES].sort());
});
