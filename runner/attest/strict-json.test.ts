import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {strictJson} from './strict-json.ts';

describe('strict JSON', () => {
  it('reads what JSON.parse reads, where there is one meaning', () => {
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 8}), (value) => {
        const text = JSON.stringify(value, null, 1);
        const read = strictJson(Buffer.from(text));
        // -0 and numbers beyond 2^53 have more than one reading.
        if (read.ok) expect(canonicalJson(read.value)).toBe(canonicalJson(JSON.parse(text)));
        else expect(text).toMatch(/\d{16}|__proto__|\\ud/);
      }),
    );
  });

  it('never throws, and agrees with JSON.parse on what is no JSON at all', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '1',
      '-',
      '.5',
      'e1',
      'true',
      'nul',
      ' ',
      '\\',
      '\n',
      '0',
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          if (strictJson(Buffer.from(text)).ok) JSON.parse(text);
        },
      ),
      {numRuns: 5000},
    );
  });

  it.each([
    ['{"a":1,"a":1}', 'the key "a" is there twice'],
    ['{"a":{"b":1,"\\u0062":2}}', 'the key "b" is there twice'],
    ['{"__proto__":1}', 'a key is __proto__'],
    ['9007199254740993', "the number 9007199254740993 can't be held exactly"],
    ['1e999', "the number 1e999 can't be held exactly"],
    ['"\\ud800"', 'a string holds a lone surrogate'],
    ['"a\nb"', 'not JSON, at 0'],
    ['01', 'something follows the document, at 1'],
    ['[1,]', 'not JSON, at 3'],
    ['tru', 'not JSON, at 4'],
    ['', 'not JSON, at 0'],
    ['\ufeff1', 'not JSON, at 0'],
    ['['.repeat(65) + ']'.repeat(65), 'something'],
    ['['.repeat(66) + ']'.repeat(66), 'nested deeper than 64'],
  ])('%j: %s', (text, why) => {
    const read = strictJson(Buffer.from(text));
    if (why === 'something') expect(read.ok).toBe(true);
    else expect(read).toEqual({ok: false, error: why});
  });

  it('refuses what is not UTF-8', () => {
    expect(strictJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ok: false, error: 'not UTF-8'});
  });
});
