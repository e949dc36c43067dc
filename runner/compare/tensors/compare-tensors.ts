import type {
  BitClass,
  FieldDifference,
  TensorComparison,
  TensorDifference,
  TensorShape,
} from '../../../schemas/comparison.ts';
import {addClasses, compareStored, leafOf} from './compare-stored.ts';
import {classesOf} from './element-tally.ts';
import {formatOf} from './number-format.ts';
import type {SafetensorsHeader} from './read-header.ts';
import {byBytes, contentDigest} from './tensor-digest.ts';
import type {LocatedTensor, TensorSet} from './tensor-set.ts';
import {UlpHistogram} from './ulp-histogram.ts';

const MOST_DETAILS = 1000;

/** By name, wherever a tensor lies: another order, header or split into files is told from other weights. */
export async function compareTensors(a: TensorSet, b: TensorSet): Promise<TensorComparison> {
  const found = new Found();
  for (const name of [...new Set([...a.tensors.keys(), ...b.tensors.keys()])].sort(byBytes))
    await found.look(name, a.tensors.get(name), b.tensors.get(name));
  const weights = found.missing.length + found.added.length + found.reshaped.length + found.changedTensors;
  return {
    kind: 'tensors',
    verdict: weights === 0 ? 'metadata-only' : 'weights',
    tensors: [a.tensors.size, b.tensors.size],
    elements: found.elements,
    differing: found.differing,
    content: [contentDigest(found.leavesOfA), contentDigest(found.leavesOfB)],
    missing: found.missing,
    added: found.added,
    reshaped: found.reshaped,
    changed: found.changed,
    changedTensors: found.changedTensors,
    ulps: found.ulps.buckets,
    maxUlp: found.ulps.max,
    classes: classesOf(found.classes),
    metadata: metadataDifferences(a.headers, b.headers),
    layout: layoutDifferences(a.headers, b.headers),
  };
}

/** What the comparison adds up, tensor by tensor. */
class Found {
  readonly leavesOfA = new Map<string, string>();
  readonly leavesOfB = new Map<string, string>();
  readonly missing: TensorShape[] = [];
  readonly added: TensorShape[] = [];
  readonly reshaped: TensorComparison['reshaped'][number][] = [];
  readonly changed: TensorDifference[] = [];
  readonly classes = new Map<BitClass, number>();
  readonly ulps = new UlpHistogram();
  changedTensors = 0;
  elements = 0;
  differing = 0;

  async look(name: string, a: LocatedTensor | undefined, b: LocatedTensor | undefined): Promise<void> {
    if (a !== undefined && b !== undefined && isAlike(a, b)) return this.#compare(a, b);
    if (a !== undefined) this.leavesOfA.set(name, await leafOf(a));
    if (b !== undefined) this.leavesOfB.set(name, await leafOf(b));
    if (a === undefined) this.added.push(shapeOf(b));
    else if (b === undefined) this.missing.push(shapeOf(a));
    else this.reshaped.push({...shapeOf(a), now: {dtype: b.dtype, shape: b.shape}});
  }

  async #compare(a: LocatedTensor, b: LocatedTensor): Promise<void> {
    const {leaves, difference} = await compareStored(a, b);
    this.leavesOfA.set(a.name, leaves[0]);
    this.leavesOfB.set(b.name, leaves[1]);
    this.elements += difference?.elements ?? a.length / (formatOf(a.dtype)?.bytes ?? 1);
    if (difference === undefined) return;
    const {histogram, ...described} = difference;
    this.changedTensors++;
    this.differing += described.differing;
    this.ulps.include(histogram);
    addClasses(this.classes, described.classes);
    if (this.changed.length < MOST_DETAILS) this.changed.push(described);
  }
}

function isAlike(a: LocatedTensor, b: LocatedTensor): boolean {
  return a.dtype === b.dtype && a.length === b.length && a.shape.join() === b.shape.join();
}

function shapeOf(tensor: LocatedTensor | undefined): TensorShape {
  return {name: tensor?.name ?? '', dtype: tensor?.dtype ?? '', shape: tensor?.shape ?? []};
}

function metadataDifferences(
  a: readonly SafetensorsHeader[],
  b: readonly SafetensorsHeader[],
): readonly FieldDifference[] {
  const [before, after] = [metadataOf(a), metadataOf(b)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort(byBytes);
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((path) => ({path, before: before.get(path), after: after.get(path)}));
}

/** Files of one model say the same; where they don't, the last one is taken, and their headers differ anyway. */
function metadataOf(headers: readonly SafetensorsHeader[]): ReadonlyMap<string, string> {
  return new Map(headers.flatMap(({metadata}) => Object.entries(metadata)));
}

function layoutDifferences(
  a: readonly SafetensorsHeader[],
  b: readonly SafetensorsHeader[],
): readonly string[] {
  const order = (headers: readonly SafetensorsHeader[]) =>
    headers.flatMap(({tensors}) => tensors.map(({name}) => name)).join('\0');
  const split = (headers: readonly SafetensorsHeader[]) => headers.map(({tensors}) => tensors.length).join();
  const differing: string[] = [];
  const hasSameNames = order(a).split('\0').sort().join('\0') === order(b).split('\0').sort().join('\0');
  if (hasSameNames && split(a) !== split(b)) differing.push('files');
  if (hasSameNames && order(a) !== order(b)) differing.push('order');
  const isSpelling = differing.length === 0 && metadataDifferences(a, b).length === 0;
  if (isSpelling && hasSameNames && a.some(({text}, i) => text !== b[i]?.text)) differing.push('header');
  return differing;
}
