/** The element types of safetensors that can be read as numbers. Anything else is compared as bytes. */
export type NumberFormat = FloatFormat | WholeFormat;

export interface FloatFormat {
  readonly kind: 'float';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** E4M3 in the variant without infinities has one NaN, all ones, and counts on where others are infinite. */
  readonly hasInfinity: boolean;
}

export interface WholeFormat {
  readonly kind: 'whole';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly signed: boolean;
}

export const FORMATS: Readonly<Record<string, NumberFormat>> = {
  F64: float(8, 11, 52),
  F32: float(4, 8, 23),
  F16: float(2, 5, 10),
  BF16: float(2, 8, 7),
  F8_E5M2: float(1, 5, 2),
  F8_E4M3: {...float(1, 4, 3), hasInfinity: false},
  I64: whole(8, true),
  U64: whole(8, false),
  I32: whole(4, true),
  U32: whole(4, false),
  I16: whole(2, true),
  U16: whole(2, false),
  I8: whole(1, true),
  U8: whole(1, false),
  BOOL: whole(1, false),
};

/** The bits of an element, for types that are known but not read as numbers: they only have to fill their bytes. */
const OTHER_BITS: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  C64: 64,
};

/** What torch calls a type: traces are written where safetensors' names are not known. */
const TORCH_NAMES: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E5M2: 'float8_e5m2',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2FNUZ: 'float8_e5m2fnuz',
  F8_E4M3FNUZ: 'float8_e4m3fnuz',
  F8_E8M0: 'float8_e8m0fnu',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
  C64: 'complex64',
};

export function torchName(dtype: string): string {
  return TORCH_NAMES[dtype] ?? dtype;
}

export function bitsOf(dtype: string): number | undefined {
  const format = Object.hasOwn(FORMATS, dtype) ? FORMATS[dtype] : undefined;
  if (format !== undefined) return format.bytes * 8;
  return Object.hasOwn(OTHER_BITS, dtype) ? OTHER_BITS[dtype] : undefined;
}

/** What can't be read as a number is a row of bytes. */
export function formatOf(dtype: string): NumberFormat | undefined {
  return Object.hasOwn(FORMATS, dtype) ? FORMATS[dtype] : undefined;
}

function float(bytes: 1 | 2 | 4 | 8, exponentBits: number, mantissaBits: number): FloatFormat {
  return {kind: 'float', bytes, exponentBits, mantissaBits, hasInfinity: true};
}

function whole(bytes: 1 | 2 | 4 | 8, signed: boolean): WholeFormat {
  return {kind: 'whole', bytes, signed};
}
