import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {readReplyFile} from './reply-file.ts';

const place = () => join(temporaryDirectory(), 'values.json');

function reading(text: string | Buffer): unknown {
  const file = place();
  writeFileSync(file, text);
  const read = readReplyFile(file);
  return read.ok ? read.value : read.error;
}

it('reads JSON, and nothing where there is nothing', () => {
  expect(reading('{"a": [1, null, "x"]}')).toEqual({a: [1, null, 'x']});
  expect(readReplyFile(place())).toEqual({ok: true, value: undefined});
});

it('says what is wrong with what it can not use', () => {
  expect(reading('{"a": ')).toMatch(/^it is not JSON: /);
  expect(reading('')).toMatch(/^it is not JSON: /);
  expect(reading('NaN')).toMatch(/^it is not JSON: /);
  expect(reading('{"a": [1e999]}')).toBe('$.a[0]: Infinity has no canonical form');
  expect(reading('"\\ud800"')).toBe('$: a lone surrogate has no canonical form');
  expect(reading(Buffer.alloc(2 ** 20 + 1, 32))).toBe('it is larger than 1048576 bytes');
  expect(reading('['.repeat(100_000))).toMatch(/^(it is not JSON|RangeError)/);
});

it('opens nothing but a regular file', () => {
  const link = place();
  symlinkSync('/etc/passwd', link);
  expect(readReplyFile(link)).toEqual({ok: false, error: 'it is a symbolic link'});
  const fifo = place();
  execFileSync('mkfifo', [fifo]);
  expect(readReplyFile(fifo)).toEqual({ok: false, error: 'it is not a regular file'});
  const directory = place();
  mkdirSync(directory);
  expect(readReplyFile(directory)).toEqual({ok: false, error: 'it is not a regular file'});
});
