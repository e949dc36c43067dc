import {breathe} from '../../../artifacts/hashing.ts';
import type {BitClass, TensorDifference} from '../../../schemas/comparison.ts';
import {ElementTally} from './element-tally.ts';
import {elementText} from './element-text.ts';
import {formatOf} from './number-format.ts';
import {leafHash} from './tensor-digest.ts';
import type {LocatedTensor} from './tensor-set.ts';
import type {UlpHistogram} from './ulp-histogram.ts';

export interface StoredComparison {
  /** Hashes of name, type, shape and bits. */
  readonly leaves: readonly [a: string, b: string];
  readonly difference: (TensorDifference & {readonly histogram: UlpHistogram}) | undefined;
}

/** A multiple of every element's size. Two buffers, used again for every tensor: memory stays what it is. */
const CHUNK = 2 ** 20;
const PATIENCE = 32;
const buffers = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)] as const;

/** Two tensors of one name, type and shape: hashed and compared in one pass over their bytes. */
export async function compareStored(a: LocatedTensor, b: LocatedTensor): Promise<StoredComparison> {
  const format = formatOf(a.dtype);
  const width = format?.bytes ?? 1;
  const tally = new ElementTally(format);
  const hash = leafHash(a);
  // One hash serves both until their bytes part.
  let other: typeof hash | undefined;
  for (let at = 0, turn = 1; at < a.length; at += CHUNK, turn++) {
    const [x, y] = [chunkOf(a, at, buffers[0]), chunkOf(b, at, buffers[1])];
    if (other === undefined && !x.equals(y)) other = hash.copy();
    hash.update(x);
    other?.update(y);
    if (other !== undefined && !x.equals(y)) tally.add(x, y, at / width);
    if (turn % PATIENCE === 0) await breathe();
  }
  const leaf = hash.digest('hex');
  return {
    leaves: [leaf, other?.digest('hex') ?? leaf],
    difference: tally.first === undefined ? undefined : describe(a, b, tally, tally.first),
  };
}

/** For a tensor that nothing is compared with. */
export async function leafOf(tensor: LocatedTensor): Promise<string> {
  const hash = leafHash(tensor);
  for (let at = 0, turn = 1; at < tensor.length; at += CHUNK, turn++) {
    hash.update(chunkOf(tensor, at, buffers[0]));
    if (turn % PATIENCE === 0) await breathe();
  }
  return hash.digest('hex');
}

function chunkOf({file, position, length}: LocatedTensor, at: number, buffer: Buffer): Buffer {
  const chunk = buffer.subarray(0, Math.min(CHUNK, length - at));
  const read = file.readInto(chunk, position + at);
  if (read < chunk.length) throw new Error('the file became shorter while it was read');
  return chunk;
}

function describe(a: LocatedTensor, b: LocatedTensor, tally: ElementTally, first: number) {
  const {name, dtype, shape} = a;
  const format = formatOf(dtype);
  const width = format?.bytes ?? 1;
  const element = ({file, position}: LocatedTensor) =>
    elementText(file.read(position + first * width, width), format);
  return {
    name,
    dtype,
    shape,
    elements: a.length / width,
    differing: tally.differing,
    first: {
      index: format === undefined ? [first] : indexIn(shape, first),
      before: element(a),
      after: element(b),
    },
    maxUlp: tally.ulps.max,
    ulps: tally.ulps.buckets,
    classes: tally.classes,
    histogram: tally.ulps,
  };
}

/** Row-major, as safetensors stores them. */
export function indexIn(shape: readonly number[], flat: number): readonly number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

export function addClasses(sum: Map<BitClass, number>, classes: TensorDifference['classes']): void {
  for (const [kind, count] of Object.entries(classes) as [BitClass, number][])
    sum.set(kind, (sum.get(kind) ?? 0) + count);
}
