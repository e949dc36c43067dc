import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {StoreError} from '../store-error.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {type EmptyWhere, entriesIn, namesIn, storeNamesIn} from './folder-names.ts';

function folder(): string {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'b'));
  for (const name of ['a', 'c', 'B']) writeFileSync(join(root, name), '');
  symlinkSync('loop', join(root, 'loop'));
  return root;
}

describe('the names in a folder', () => {
  it('come in their order, with their kinds where that is asked', () => {
    const root = folder();
    expect(namesIn(root, 'absent')).toEqual(['B', 'a', 'b', 'c', 'loop']);
    const kinds = entriesIn(root, 'absent').map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`);
    expect(kinds).toEqual(['B', 'a', 'b/', 'c', 'loop']);
  });

  it.for([
    ['absent', 'empty', 'ENOTDIR', 'ELOOP'],
    ['no-folder', 'empty', 'empty', 'ELOOP'],
    ['unreadable', 'empty', 'empty', 'empty'],
  ] as const)('are none by the rule %s', ([rule, gone, file, loop]) => {
    const root = folder();
    const outcomes = [join(root, 'gone'), join(root, 'a'), join(root, 'loop')].map((path) =>
      read(path, rule),
    );
    expect(outcomes).toEqual([gone, file, loop]);
  });

  it('of a store are told with a store’s trouble', () => {
    expect(() => storeNamesIn(join(folder(), 'loop'), 'no-folder')).toThrow(StoreError);
    expect(() => namesIn('a\0b', 'unreadable')).toThrow(/null bytes/);
  });
});

function read(path: string, rule: EmptyWhere): string {
  try {
    return namesIn(path, rule).length === 0 && entriesIn(path, rule).length === 0 ? 'empty' : 'some';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
