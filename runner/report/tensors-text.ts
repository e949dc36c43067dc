import type {TensorComparison, TensorDifference, TensorShape, UlpBucket} from '../../schemas/comparison.ts';
import {plural} from '../words/quantity-text.ts';
import type {Style} from './style.ts';

const MOST_TENSORS = 4;

/** Weights in a few lines: how many, how far, where first; or that only what surrounds them differs. */
export function tensorsText(
  comparison: TensorComparison,
  style: Style,
): {readonly headline: string; readonly details: readonly string[]} {
  const {tensors, metadata, layout, content} = comparison;
  const around = [
    ...metadata.map(({path, before, after}) => `__metadata__.${path}  ${quoted(before)} → ${quoted(after)}`),
    ...layout.map((what) => LAYOUT[what] ?? what),
  ];
  if (comparison.verdict === 'metadata-only') {
    const headline = `metadata only: all ${plural(tensors[0], 'tensor')} equal, content ${content[0].slice(0, 8)}`;
    return {headline, details: around};
  }
  return {headline: headlineOf(comparison), details: [...weightLines(comparison, style), ...around]};
}

const LAYOUT: Readonly<Record<string, string>> = {
  files: 'the tensors are split over files in another way',
  order: 'the tensors are stored in another order',
  header: 'the header is spelt differently',
};

function headlineOf({
  tensors,
  elements,
  differing,
  changedTensors,
  maxUlp,
  ...lists
}: TensorComparison): string {
  const {missing, added, reshaped} = lists;
  const most = Math.max(...tensors);
  const parts = [
    ...(changedTensors > 0 ? [`${changedTensors} of ${plural(most, 'tensor')}`] : []),
    ...(changedTensors > 0 ? [`${grouped(differing)} of ${grouped(elements)} elements`] : []),
    ...(maxUlp === undefined ? [] : [`at most ${grouped(maxUlp)} ULP`]),
    ...(missing.length > 0 ? [`${plural(missing.length, 'tensor')} only in a`] : []),
    ...(added.length > 0 ? [`${plural(added.length, 'tensor')} only in b`] : []),
    ...(reshaped.length > 0 ? [`${reshaped.length} of another type or shape`] : []),
  ];
  return `weights differ: ${parts.join(', ')}`;
}

function weightLines(comparison: TensorComparison, style: Style): readonly string[] {
  const {changed, changedTensors, missing, added, reshaped, ulps, classes} = comparison;
  const bits = Object.entries(classes).map(([kind, count]) => `${kind.replace('-', ' ')} ${grouped(count)}`);
  const hidden = changedTensors - Math.min(MOST_TENSORS, changed.length);
  return [
    ...(ulps.length > 0 ? [`ULP   ${histogramText(ulps)}`] : []),
    ...(bits.length > 0 ? [`bits  ${bits.join(' · ')}`] : []),
    ...changed.slice(0, MOST_TENSORS).flatMap((tensor) => tensorLines(tensor, style)),
    ...(hidden > 0 ? [style.dim(`… and ${plural(hidden, 'more tensor')}; --json has all`)] : []),
    ...reshaped.map(({now, ...tensor}) => `${shapeText(tensor)} → ${now.dtype} [${now.shape.join(', ')}]`),
    ...missing.map((tensor) => style.red(`- ${shapeText(tensor)}`)),
    ...added.map((tensor) => style.green(`+ ${shapeText(tensor)}`)),
  ];
}

function tensorLines(tensor: TensorDifference, style: Style): readonly string[] {
  const {differing, elements, maxUlp, first} = tensor;
  const far = maxUlp === undefined ? '' : `, at most ${grouped(maxUlp)} ULP`;
  const {before, after} = first;
  return [
    `${style.bold(tensor.name)}  ${tensor.dtype} [${tensor.shape.join(', ')}]  ${grouped(differing)} of ${grouped(elements)}${far}`,
    `  first at [${first.index.join(', ')}]  ${style.red(before.value)} → ${style.green(after.value)}  ${style.dim(`${before.bits} → ${after.bits}`)}`,
  ];
}

/** Coarser than what was counted: seven bins tell near from far. */
const BINS: readonly (readonly [upTo: number, label: string])[] = [
  [0, '0'],
  [1, '1'],
  [3, '2-3'],
  [15, '4-15'],
  [255, '16-255'],
  [65_535, '256-65,535'],
  [Number.POSITIVE_INFINITY, 'more'],
];

function histogramText(ulps: readonly UlpBucket[]): string {
  return BINS.flatMap(([upTo, label], index) => {
    const above = BINS[index - 1]?.[0] ?? -1;
    const count = ulps
      .filter(({from}) => from > above && from <= upTo)
      .reduce((sum, bucket) => sum + bucket.count, 0);
    return count === 0 ? [] : [`${label}: ${grouped(count)}`];
  }).join(' · ');
}

function shapeText({name, dtype, shape}: TensorShape): string {
  return `${name}  ${dtype} [${shape.join(', ')}]`;
}

function quoted(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}

/** `150,784`; above what a double counts exactly, a power of two. */
export function grouped(count: number): string {
  if (count > Number.MAX_SAFE_INTEGER) return `2^${Math.log2(count).toFixed(1)}`;
  return String(count).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
}
