import type {ElementText} from '../../../schemas/comparison.ts';
import type {FloatFormat, NumberFormat, WholeFormat} from './number-format.ts';

/** An element for people: its number in the fewest digits that mean it alone, and its bits. `bytes` are little-endian. */
export function elementText(bytes: Uint8Array, format: NumberFormat | undefined): ElementText {
  const bits = Buffer.from(Uint8Array.from(bytes).reverse()).toString('hex');
  if (format === undefined) return {value: `0x${bits}`, bits};
  const word = BigInt(`0x${bits}`);
  return {value: format.kind === 'float' ? floatText(word, format) : wholeText(word, format), bits};
}

function wholeText(word: bigint, {bytes, signed}: WholeFormat): string {
  return String(signed ? BigInt.asIntN(bytes * 8, word) : word);
}

function floatText(word: bigint, format: FloatFormat): string {
  const value = floatOf(word, format);
  if (!Number.isFinite(value) || Object.is(value, -0)) return Object.is(value, -0) ? '-0' : String(value);
  if (format.bytes === 8) return String(value);
  if (format.bytes === 4) return shortest(value);
  return String(Number(value.toPrecision(6)));
}

/** Every format here fits into a double. */
export function floatOf(word: bigint, {bytes, exponentBits, mantissaBits, hasInfinity}: FloatFormat): number {
  const width = bytes * 8;
  const magnitude = word & ((1n << BigInt(width - 1)) - 1n);
  const exponent = Number(magnitude >> BigInt(mantissaBits));
  const mantissa = Number(magnitude & ((1n << BigInt(mantissaBits)) - 1n));
  const sign = word >> BigInt(width - 1) === 1n ? -1 : 1;
  const highest = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === highest) {
    if (hasInfinity) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (mantissa === 2 ** mantissaBits - 1) return Number.NaN;
  }
  const fraction = mantissa / 2 ** mantissaBits;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
