import {BIT_CLASSES, type BitClass, type BitClasses} from '../../../schemas/comparison.ts';
import type {FloatFormat, NumberFormat, WholeFormat} from './number-format.ts';
import {UlpHistogram} from './ulp-histogram.ts';

/**
 * Counts what differs between two stretches of elements of one type: how many, how far apart, and in which part of
 * their bits. Equal bytes never come here; a differing element takes some 20 ns.
 */
export class ElementTally {
  readonly ulps = new UlpHistogram();
  differing = 0;
  /** Of the first differing element. */
  first: number | undefined;
  readonly #format: NumberFormat | undefined;
  readonly #limits: FloatLimits;
  readonly #counts = new Float64Array(BIT_CLASSES.length);

  constructor(format: NumberFormat | undefined) {
    this.#format = format;
    this.#limits = format?.kind === 'float' ? limitsOf(format) : NO_LIMITS;
  }

  /** `start` is the index of the first element of `a` and `b` in their tensor. Both begin at an element's address. */
  add(a: Uint8Array, b: Uint8Array, start: number): void {
    switch (this.#format?.bytes) {
      case 8:
        this.#addPairs(words(Uint32Array, a), words(Uint32Array, b), start);
        break;
      case 4:
        this.#addWords(words(Uint32Array, a), words(Uint32Array, b), start);
        break;
      case 2:
        this.#addWords(words(Uint16Array, a), words(Uint16Array, b), start);
        break;
      default:
        this.#addWords(a, b, start);
    }
  }

  get classes(): BitClasses {
    return classesOf(new Map(BIT_CLASSES.map((kind, index) => [kind, this.#counts[index] ?? 0])));
  }

  #addWords(a: Uint8Array | Uint16Array | Uint32Array, b: typeof a, start: number): void {
    for (let i = 0; i < a.length; i++) {
      const x = a[i] ?? 0;
      const y = b[i] ?? 0;
      if (x !== y) this.#note(start + i, this.#judgeWord(x, y));
    }
  }

  #addPairs(a: Uint32Array, b: Uint32Array, start: number): void {
    for (let i = 0; i < a.length; i += 2) {
      if (a[i] === b[i] && a[i + 1] === b[i + 1]) continue;
      const kind = this.#judgePair(a[i + 1] ?? 0, a[i] ?? 0, b[i + 1] ?? 0, b[i] ?? 0);
      this.#note(start + i / 2, kind);
    }
  }

  #note(index: number, kind: number): void {
    this.first ??= index;
    this.differing++;
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  #judgeWord(x: number, y: number): number {
    const format = this.#format;
    if (format === undefined) return BYTES;
    if (format.kind === 'whole') return this.#judgeWhole(Math.abs(signed(x, format) - signed(y, format)));
    const {mask, signBit, mantissaBits, infinity, nan} = this.#limits;
    const [sizeX, sizeY] = [x & mask, y & mask];
    if (sizeX >= nan || sizeY >= nan) return sizeX >= nan && sizeY >= nan ? NAN_PAYLOAD : NAN;
    if (sizeX === infinity || sizeY === infinity) return INFINITY;
    const isSameSign = x >>> signBit === y >>> signBit;
    const distance = isSameSign ? Math.abs(sizeX - sizeY) : sizeX + sizeY;
    return this.#judgeFloat(distance, isSameSign, sizeX >>> mantissaBits === sizeY >>> mantissaBits);
  }

  /** A double, or a whole number of 64 bits, as two halves. */
  #judgePair(x: number, lowX: number, y: number, lowY: number): number {
    const format = this.#format;
    if (format?.kind !== 'float') {
      const high = format?.signed === true ? (x | 0) - (y | 0) : x - y;
      return this.#judgeWhole(Math.abs(high * 2 ** 32 + (lowX - lowY)));
    }
    const [highX, highY] = [x & HALF, y & HALF];
    const [nanX, nanY] = [isNanPair(highX, lowX), isNanPair(highY, lowY)];
    if (nanX || nanY) return nanX && nanY ? NAN_PAYLOAD : NAN;
    if (highX === INFINITE || highY === INFINITE) return INFINITY;
    const isSameSign = x >>> 31 === y >>> 31;
    const apart = isSameSign
      ? (highX - highY) * 2 ** 32 + (lowX - lowY)
      : (highX + highY) * 2 ** 32 + lowX + lowY;
    return this.#judgeFloat(Math.abs(apart), isSameSign, highX >>> 20 === highY >>> 20);
  }

  #judgeFloat(distance: number, isSameSign: boolean, isSameExponent: boolean): number {
    this.ulps.add(distance);
    if (distance === 0) return ZERO_SIGN;
    if (!isSameSign) return SIGN;
    return isSameExponent ? MANTISSA : EXPONENT;
  }

  #judgeWhole(distance: number): number {
    this.ulps.add(distance);
    return VALUE;
  }
}

/** Classes as places in BIT_CLASSES: counting by name would cost more than the comparison. */
const [NAN, NAN_PAYLOAD, INFINITY, ZERO_SIGN, SIGN, EXPONENT, MANTISSA, VALUE, BYTES] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
];

/** In the order of BIT_CLASSES, so that two comparisons print alike; without those that don't occur. */
export function classesOf(counts: ReadonlyMap<BitClass, number>): BitClasses {
  return Object.fromEntries(
    BIT_CLASSES.flatMap((kind) => ((counts.get(kind) ?? 0) > 0 ? [[kind, counts.get(kind)]] : [])),
  );
}

/** Of a float of at most 32 bits: how to take it apart, and where infinity and NaN begin in what its sign leaves. */
interface FloatLimits {
  readonly mask: number;
  readonly signBit: number;
  readonly mantissaBits: number;
  readonly infinity: number;
  readonly nan: number;
}

const NO_LIMITS: FloatLimits = {mask: 0, signBit: 0, mantissaBits: 0, infinity: -1, nan: 1};

function limitsOf({bytes, exponentBits, mantissaBits, hasInfinity}: FloatFormat): FloatLimits {
  const infinity = (2 ** exponentBits - 1) * 2 ** mantissaBits;
  const limits = hasInfinity
    ? {infinity, nan: infinity + 1}
    : {infinity: -1, nan: infinity + 2 ** mantissaBits - 1};
  return {mask: 2 ** (bytes * 8 - 1) - 1, signBit: bytes * 8 - 1, mantissaBits, ...limits};
}

const HALF = 0x7fffffff;
const INFINITE = 0x7ff00000;

function isNanPair(high: number, low: number): boolean {
  return high > INFINITE || (high === INFINITE && low !== 0);
}

function signed(word: number, format: WholeFormat): number {
  return format.signed && word >= 2 ** (format.bytes * 8 - 1) ? word - 2 ** (format.bytes * 8) : word;
}

function words<T extends Uint16Array | Uint32Array>(
  Kind: {
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
    readonly BYTES_PER_ELEMENT: number;
  },
  bytes: Uint8Array,
): T {
  return new Kind(bytes.buffer, bytes.byteOffset, bytes.length / Kind.BYTES_PER_ELEMENT);
}
