import {describe, expect, it} from 'vitest';
import fc from '../artifacts/testing/properties.ts';
import {canonicalJson} from './canonical-json.ts';
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
    ['{"a":1,"a":1}', 'the key "a" is there twice, line 1, column 8'],
    ['{"a":{"b":1,\n"\\u0062":2}}', 'the key "b" is there twice, line 2, column 1'],
    ['{"__proto__":1}', 'a key is __proto__, line 1, column 2'],
    ['9007199254740993', "the number 9007199254740993 can't be held exactly, line 1, column 1"],
    ['{"é": 1e999}', "the number 1e999 can't be held exactly, line 1, column 7"],
    ['9007199254740993.0', "the number 9007199254740993.0 can't be held exactly, line 1, column 1"],
    ['4503599627370497.3', "the number 4503599627370497.3 can't be held exactly, line 1, column 1"],
    ['1e-999', "the number 1e-999 can't be held exactly, line 1, column 1"],
    ['12345678901234567890.0', "the number 12345678901234567890.0 can't be held exactly, line 1, column 1"],
    [
      '0.1000000000000000000001',
      "the number 0.1000000000000000000001 can't be held exactly, line 1, column 1",
    ],
    ['NaN', 'not JSON, line 1, column 1'],
    ['-Infinity', 'not JSON, line 1, column 1'],
    ['"\\ud800"', 'a string holds a lone surrogate, line 1, column 1'],
    ['"a\nb"', 'not JSON, line 1, column 1'],
    ['01', 'something follows the document, line 1, column 2'],
    ['{} x', 'something follows the document, line 1, column 4'],
    ['[1,]', 'not JSON, line 1, column 4'],
    ['tru', 'not JSON, line 1, column 4'],
    ['', 'not JSON, line 1, column 1'],
    ['\ufeff1', 'a byte order mark: save it without one, line 1, column 1'],
    ['['.repeat(66) + ']'.repeat(66), 'nested deeper than 64, line 1, column 66'],
  ])('%j: %s', (text, why) => {
    expect(strictJson(Buffer.from(text))).toEqual({ok: false, error: why});
  });

  it.each([
    ['0.10000000000000001', 0.1],
    ['0.30000000000000004', 0.1 + 0.2],
    ['1e23', 1e23],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['0.0e-999', 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['1.0000000000000000000000', 1],
  ])('takes %s', (text, value) => {
    expect(strictJson(Buffer.from(text))).toEqual({ok: true, value});
  });

  it('takes a double as any program writes it, to whatever number of digits', () => {
    const double = fc.double({noNaN: true, noDefaultInfinity: true});
    fc.assert(
      fc.property(double, fc.integer({min: 1, max: 40}), (value, digits) => {
        const written = [String(value), value.toExponential(digits - 1), value.toFixed(digits)];
        for (const text of written.filter((each) => /[.e]/.test(each) && Number.isFinite(Number(each))))
          expect([text, strictJson(Buffer.from(text)).ok]).toEqual([text, true]);
      }),
      {numRuns: 5000},
    );
  });

  it('nests to 64 and no further', () => {
    expect(strictJson(Buffer.from('['.repeat(65) + ']'.repeat(65))).ok).toBe(true);
  });

  it('refuses what is not UTF-8', () => {
    const read = strictJson(Buffer.from('{\n"v": "caf\xe9"}', 'latin1'));
    expect(read).toEqual({ok: false, error: 'not UTF-8, line 2, column 10'});
  });
});
