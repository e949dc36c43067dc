import {expect, test} from 'vitest';
import type {FileReader} from './file-reader.ts';
import {readTextFile} from './read-text-file.ts';

const holding = (bytes: ReturnType<FileReader['read']>): FileReader => ({
  read: () => bytes,
  kindOf: () => 'file',
  list: () => [],
});
const code = (bytes: ReturnType<FileReader['read']>) => {
  const source = readTextFile(holding(bytes), '/x.yaml');
  return 'code' in source ? source.code : source.file.text;
};

test('a byte order mark at the start is dropped, elsewhere refused', () => {
  expect(code(Buffer.from('\ufeffa: 1'))).toBe('a: 1');
  expect(code(Buffer.from('a: \ufeff1'))).toBe('control-character');
});

test('what is not UTF-8 text is refused', () => {
  expect(code(Buffer.from([0x61, 0xff]))).toBe('not-utf-8');
  expect(code(Buffer.from('a: \0'))).toBe('control-character');
  expect(code(Buffer.from('a: 1\rb: 2'))).toBe('control-character');
  expect(code(Buffer.from('a: 1\r\nb: 2'))).toBe('a: 1\r\nb: 2');
});

test('what can not be read says why', () => {
  expect(code('missing')).toBe('unreadable-file');
  expect(code('denied')).toBe('unreadable-file');
  expect(code('not-a-file')).toBe('unreadable-file');
  expect(code('too-large')).toBe('file-too-large');
});
