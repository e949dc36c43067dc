import {describe, expect, it} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {indexIn} from './compare-stored.ts';
import {ElementTally} from './element-tally.ts';
import {elementText, floatOf} from './element-text.ts';
import {type FloatFormat, FORMATS, type NumberFormat} from './number-format.ts';

const FLOATS = Object.entries(FORMATS).filter(
  (entry): entry is [string, FloatFormat] => entry[1].kind === 'float',
);

function formatNamed(name: string): NumberFormat {
  const format = FORMATS[name];
  if (format === undefined) throw new Error(name);
  return format;
}

function bytesOf(word: bigint, size: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(word);
  // A copy of its own, at an address that any type may have.
  return new Uint8Array(bytes.subarray(0, size));
}

function tallyOf(format: NumberFormat, a: bigint, b: bigint): ElementTally {
  const tally = new ElementTally(format);
  tally.add(bytesOf(a, format.bytes), bytesOf(b, format.bytes), 0);
  return tally;
}

const word = (format: NumberFormat) => fc.bigInt(0n, 2n ** BigInt(format.bytes * 8) - 1n);

/** The slow way: all floats of a format in their order, as whole numbers. */
function reference(x: bigint, y: bigint, format: FloatFormat): {kind: string; distance: bigint | undefined} {
  const [a, b] = [floatOf(x, format), floatOf(y, format)];
  if (Number.isNaN(a) || Number.isNaN(b))
    return {kind: Number.isNaN(a) && Number.isNaN(b) ? 'nan-payload' : 'nan', distance: undefined};
  if (!Number.isFinite(a) || !Number.isFinite(b)) return {kind: 'infinity', distance: undefined};
  const width = BigInt(format.bytes * 8 - 1);
  const size = (bits: bigint) => bits & ((1n << width) - 1n);
  const ordered = (bits: bigint) => (bits >> width === 1n ? -size(bits) : size(bits));
  const apart = ordered(x) - ordered(y);
  const distance = apart < 0n ? -apart : apart;
  if (distance === 0n) return {kind: 'zero-sign', distance};
  if (x >> width !== y >> width) return {kind: 'sign', distance};
  const exponent = (bits: bigint) => size(bits) >> BigInt(format.mantissaBits);
  return {kind: exponent(x) === exponent(y) ? 'mantissa' : 'exponent', distance};
}

describe.each(FLOATS)('%s', (_, format) => {
  it('is judged as a slow reference judges it', () => {
    // Neighbours too: random words of 64 bits are never near each other, nor NaN.
    const near = fc.tuple(word(format), fc.bigInt(-3n, 3n)).map(([a, apart]) => {
      const most = 2n ** BigInt(format.bytes * 8);
      return [a, (a + apart + most) % most] as const;
    });
    const anyPair = fc.tuple(word(format), word(format));
    fc.assert(
      fc.property(fc.oneof(near, anyPair), ([a, b]) => {
        fc.pre(a !== b);
        const tally = tallyOf(format, a, b);
        const {kind, distance} = reference(a, b, format);
        expect(tally.classes).toEqual({[kind]: 1});
        if (distance === undefined) expect(tally.ulps.max).toBeUndefined();
        else if (distance <= Number.MAX_SAFE_INTEGER) expect(tally.ulps.max).toBe(Number(distance));
        else expect(Number(tally.ulps.max) / Number(distance)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('is printed so that reading it gives the number back', () => {
    fc.assert(
      fc.property(word(format), (bits) => {
        const value = floatOf(bits, format);
        const text = elementText(bytesOf(bits, format.bytes), format);
        expect(BigInt(`0x${text.bits}`)).toBe(bits);
        const read = text.value === '-0' ? -0 : Number(text.value);
        if (format.bytes >= 4) expect(format.bytes === 4 ? Math.fround(read) : read).toBe(value);
        else if (Number.isFinite(value))
          expect(read).toBeCloseTo(value, -Math.log10(Math.abs(value) || 1) + 4);
      }),
    );
  });
});

describe('a double', () => {
  it('is decoded as the machine decodes it', () => {
    const format = formatNamed('F64');
    fc.assert(
      fc.property(fc.double(), (value) => {
        const bits = Buffer.alloc(8);
        bits.writeDoubleBE(value);
        expect(floatOf(BigInt(`0x${bits.toString('hex')}`), format as FloatFormat)).toBe(value);
      }),
    );
  });
});

describe('whole numbers', () => {
  it('are as far apart as they are', () => {
    const int = formatNamed('I32');
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        fc.pre(a !== b);
        const tally = tallyOf(int, BigInt.asUintN(32, BigInt(a)), BigInt.asUintN(32, BigInt(b)));
        expect([tally.classes, tally.ulps.max]).toEqual([{value: 1}, Math.abs(a - b)]);
      }),
    );
  });
});

it('the histogram counts in powers of two', () => {
  const format = formatNamed('U32');
  const tally = new ElementTally(format);
  for (const apart of [1, 2, 3, 4, 7, 8, 2 ** 31]) tally.add(bytesOf(0n, 4), bytesOf(BigInt(apart), 4), 0);
  expect(tally.ulps.buckets).toEqual([
    {from: 1, to: 1, count: 1},
    {from: 2, to: 3, count: 2},
    {from: 4, to: 7, count: 2},
    {from: 8, to: 15, count: 1},
    {from: 2 ** 31, to: 2 ** 32 - 1, count: 1},
  ]);
  expect(tally.ulps.max).toBe(2 ** 31);
});

it('an index is row-major, of any rank', () => {
  expect([indexIn([2, 3, 4], 23), indexIn([], 0), indexIn([5], 3)]).toEqual([[1, 2, 3], [], [3]]);
});
