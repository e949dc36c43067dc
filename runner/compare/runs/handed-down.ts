import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {FieldDifference} from '../../../schemas/comparison.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import type {Cause} from '../../../schemas/run-comparison.ts';

/** The receipts of a run's stages, by name, in its order. */
export type Receipts = ReadonlyMap<string, Receipt>;

export interface HandedDown {
  /** Stages that made an input or a value of this one, and made it differently. */
  readonly from: readonly string[];
  /** What differs beside that. */
  readonly own: readonly Cause[];
}

/**
 * Which differences of a stage another stage has handed it. Receipts name inputs by digest only: a stage whose output
 * has one digest in a and the other in b made it. The same for params that take a value.
 */
export function findHandedDown(causes: readonly Cause[], before: Receipts, after: Receipts): HandedDown {
  if (causes.length === 0) return {from: [], own: []};
  const from = new Set<string>();
  const own = causes.flatMap((cause) => {
    const left = cause.differences.filter((difference) => {
      const origin = originOf(cause, difference, before, after);
      if (origin !== undefined) from.add(origin);
      return origin === undefined;
    });
    return left.length === 0 ? [] : [{...cause, differences: left}];
  });
  return {from: [...from], own: from.size === 0 ? own : withoutCommands(own)};
}

function originOf({class: kind}: Cause, difference: FieldDifference, before: Receipts, after: Receipts) {
  if (kind === 'input') return makerOf(difference, before, after, outputsOf);
  return kind === 'params' ? makerOf(difference, before, after, valuesOf) : undefined;
}

function makerOf(
  difference: FieldDifference,
  before: Receipts,
  after: Receipts,
  made: (receipt: Receipt) => ReadonlyMap<string, string>,
): string | undefined {
  const [x, y] = [textOf(difference.before), textOf(difference.after)];
  for (const [name, receipt] of before) {
    const other = after.get(name);
    if (other === undefined) continue;
    const theirs = made(other);
    for (const [what, value] of made(receipt)) if (value === x && theirs.get(what) === y) return name;
  }
  return undefined;
}

function outputsOf({outputs}: Receipt): ReadonlyMap<string, string> {
  return new Map(Object.entries(outputs).map(([name, {digest}]) => [name, textOf(digest)]));
}

function valuesOf({values}: Receipt): ReadonlyMap<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}

/** Where every param that differs was handed on, so was the command that repeats them. */
function withoutCommands(own: readonly Cause[]): readonly Cause[] {
  return own.filter(
    ({class: kind, differences}) =>
      kind !== 'params' || differences.some(({path}) => !path.startsWith('command')),
  );
}
