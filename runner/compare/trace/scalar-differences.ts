import type {ScalarDifference, TraceStep} from '../../../schemas/trace.ts';

/** The reported numbers of a step that differ. */
export function scalarDifferences(a: TraceStep, b: TraceStep): readonly ScalarDifference[] {
  const names = [...new Set([...Object.keys(a.scalars), ...Object.keys(b.scalars)])].sort();
  return names
    .filter((name) => a.scalars[name] !== b.scalars[name])
    .map((name) => scalarDifference(name, a.scalars[name], b.scalars[name]));
}

function scalarDifference(
  name: string,
  before: string | undefined,
  after: string | undefined,
): ScalarDifference {
  const apart =
    before === undefined || after === undefined ? undefined : distance(numberOf(before), numberOf(after));
  return {name, before: decimal(before), after: decimal(after), apart};
}

function decimal(hex: string | undefined): string | undefined {
  if (hex === undefined) return undefined;
  const value = numberOf(hex);
  return Object.is(value, -0) ? '-0' : String(value);
}

function numberOf(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

/** A loss is mostly a float32 that Python holds in a double: as one of these, half a billion would say nothing. */
function distance(before: number, after: number): ScalarDifference['apart'] {
  if (!Number.isFinite(before) || !Number.isFinite(after)) return undefined;
  const isSingle = Math.fround(before) === before && Math.fround(after) === after;
  const [type, ordered] = isSingle
    ? (['float32', orderedSingle] as const)
    : (['float64', orderedDouble] as const);
  const apart = ordered(before) - ordered(after);
  return {ulps: Number(apart < 0n ? -apart : apart), type};
}

/** Finite floats in their order, as whole numbers. */
function orderedSingle(value: number): bigint {
  const bits = Buffer.alloc(4);
  bits.writeFloatBE(value);
  return inOrder(bits, 31n);
}

function orderedDouble(value: number): bigint {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return inOrder(bits, 63n);
}

function inOrder(bits: Buffer, sign: bigint): bigint {
  const word = BigInt(`0x${bits.toString('hex')}`);
  return word >> sign === 0n ? word : (1n << sign) - word;
}
