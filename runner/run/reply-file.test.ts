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

it.each([
  ['{"a": ', 'not JSON, line 1, column 7'],
  ['', 'not JSON, line 1, column 1'],
  ['NaN', 'not JSON, line 1, column 1'],
  ['{"v": Infinity}', 'not JSON, line 1, column 7'],
  ['{"v": 12345678901234567890}', "the number 12345678901234567890 can't be held exactly, line 1, column 7"],
  ['{"a": [1e999]}', "the number 1e999 can't be held exactly, line 1, column 8"],
  ['{"v": 1,\n "v": 2}', 'the key "v" is there twice, line 2, column 2'],
  ['{"__proto__": {"v": 1}}', 'a key is __proto__, line 1, column 2'],
  ['"\\ud800"', 'a string holds a lone surrogate, line 1, column 1'],
  ['\ufeff{"v": 1}', 'a byte order mark: save it without one, line 1, column 1'],
  ['{"v": 1}\n{"v": 2}', 'something follows the document, line 2, column 1'],
  ['['.repeat(100_000), 'nested deeper than 64, line 1, column 66'],
])('says what is wrong with what it can not use: %j', (text, why) => {
  expect(reading(text)).toBe(`it can’t be read as JSON with one meaning: ${why}`);
});

it('takes no letters that are not there, and no more than a reply', () => {
  expect(reading(Buffer.from('{"v": "caf\xe9"}', 'latin1'))).toMatch(/not UTF-8, line 1, column 11$/);
  expect(reading(Buffer.alloc(2 ** 20 + 1, 32))).toBe('it is larger than 1048576 bytes');
});

it('opens nothing but a regular file', () => {
  const link = place();
  symlinkSync('/etc/passwd', link);
  expect(readReplyFile(link)).toEqual({ok: false, error: 'it is a symbolic link'});
  const fifo = place();
  execFileSync('mkfifo', [fifo]);
  expect(readReplyFile(fifo)).toEqual({ok: false, error: 'it is a FIFO'});
  const directory = place();
  mkdirSync(directory);
  expect(readReplyFile(directory)).toEqual({ok: false, error: 'it is a folder'});
});
