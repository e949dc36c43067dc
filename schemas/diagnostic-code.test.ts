import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {DIAGNOSTIC_CODES, exitCodeOfTrouble} from './diagnostic-code.ts';
import {diagnosticCodeTable} from './diagnostic-code-table.ts';
import {EXIT_CODE_MEANINGS, ExitCode} from './exit-code.ts';
import {exitCodeOfFailures} from './failure-exit.ts';

const ROOT = join(import.meta.dirname, '..');
const LIST = 'diagnostic-code.ts';

/** That every used code is in the list, the compiler says: `Diagnostic.code` is of its type. */
test('every code of the list is used somewhere', () => {
  const texts = productTexts();
  const isUsed = (code: string) =>
    texts.some((text) => text.includes(`'${code}'`)) ||
    (code.startsWith('bucket-') &&
      texts.some((text) => text.includes(`| '${code.slice('bucket-'.length)}'`)));
  expect(Object.keys(DIAGNOSTIC_CODES).filter((code) => code !== 'output-lost' && !isUsed(code))).toEqual([]);
  expect(isUsed('no-such-code')).toBe(false);
});

test('codes that are printed without a diagnostic are in the list, too', () => {
  const printed = productTexts().flatMap((text) => [
    ...text.matchAll(/(?:error|warning)\[([a-z0-9-]+)\]: /g),
  ]);
  const codes = printed.map(([, code = '']) => code);
  expect(codes).toContain('output-lost');
  expect(codes.filter((code) => !(code in DIAGNOSTIC_CODES))).toEqual([]);
});

test('the page for people holds the lists: run `npm run schemas` after a change', async () => {
  await expect(diagnosticCodeTable()).toMatchFileSnapshot(join(import.meta.dirname, 'diagnostic-codes.md'));
  expect(Object.keys(EXIT_CODE_MEANINGS).map(Number)).toEqual(Object.values(ExitCode));
});

test('the same trouble has the same exit code', () => {
  expect(exitCodeOfTrouble('no-publication')).toBe(ExitCode.store);
  expect(exitCodeOfTrouble('bucket-unreachable')).toBe(ExitCode.store);
  expect(exitCodeOfTrouble('unknown-param')).toBe(ExitCode.usage);
});

test('a run’s failures end it with the gravest', () => {
  const exited = {code: 'exited', exitCode: 1} as const;
  const lost = {code: 'lost', why: ''} as const;
  const store = {code: 'store', storeCode: 'full', subject: '', why: ''} as const;
  const bug = {code: 'unexpected', why: ''} as const;
  expect(exitCodeOfFailures([exited])).toBe(1);
  expect(exitCodeOfFailures([lost, lost])).toBe(75);
  expect(exitCodeOfFailures([lost, exited])).toBe(1);
  expect(exitCodeOfFailures([exited, store])).toBe(4);
  expect(exitCodeOfFailures([store, bug])).toBe(70);
});

function productTexts(): readonly string[] {
  const names = ['schemas', 'artifacts', 'runner'].flatMap((room) =>
    readdirSync(join(ROOT, room), {recursive: true, encoding: 'utf8'}).map((name) => join(room, name)),
  );
  const product = names.filter(
    (name) =>
      name.endsWith('.ts') &&
      !name.endsWith('.test.ts') &&
      !name.includes('testing/') &&
      !name.endsWith(LIST),
  );
  return [...product, 'reproduce.ts'].map((name) => readFileSync(join(ROOT, name), 'utf8'));
}
