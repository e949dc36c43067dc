import {expect, test} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {numberText, paramText} from './number-text.ts';

test.for([
  [1e-6, '0.000001'],
  [1.25e-7, '0.000000125'],
  [1.4, '1.4'],
  [-0, '0'],
  [5e-324, `0.${'0'.repeat(323)}5`],
  [1e21, '1000000000000000000000'],
  [-1.5e22, '-15000000000000000000000'],
  [128, '128'],
] as const)('%d is written %s', ([number, text]) => {
  expect(numberText(number)).toBe(text);
});

test('what is written reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({noNaN: true, noDefaultInfinity: true}), (number) => {
      expect(numberText(number)).not.toMatch(/e/i);
      expect(Number(numberText(number))).toBe(number === 0 ? 0 : number);
    }),
  );
});

test('text stays as it is, booleans and collections are JSON', () => {
  expect([paramText('a b'), paramText(true), paramText([1, 'x']), paramText({b: 1, a: 2})]).toEqual([
    'a b',
    'true',
    '[1,"x"]',
    '{"a":2,"b":1}',
  ]);
});
