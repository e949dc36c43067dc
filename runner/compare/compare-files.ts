import {StoreError} from '../../artifacts/store-error.ts';
import type {Comparison} from '../../schemas/comparison.ts';
import {ByteFile} from './byte-file.ts';
import type {FileSide} from './compared-files.ts';
import {NotReadableSo} from './not-readable-so.ts';
import {compareParquet} from './parquet/compare-parquet.ts';
import {looksLikeParquet} from './parquet/read-footer.ts';
import {compareJson} from './rows/compare-json.ts';
import {compareRows} from './rows/compare-rows.ts';
import {looksLikeRows} from './rows/looks-like-rows.ts';
import {compareTensors} from './tensors/compare-tensors.ts';
import {looksLikeSafetensors} from './tensors/read-header.ts';
import {openTensors, type TensorFile} from './tensors/tensor-set.ts';
import {compareBytes} from './text/compare-bytes.ts';
import {compareText, decodeText} from './text/compare-text.ts';

/** Two files, by what they hold: their bytes say it, their names only where bytes could be several things. */
export async function compareFiles(a: FileSide, b: FileSide): Promise<Comparison> {
  if (a.digest === b.digest) return {kind: 'same'};
  const paths = await pathsOf(a, b);
  if ('why' in paths) return {kind: 'unread', why: paths.why};
  const [x, y] = paths.paths;
  using fileA = new ByteFile(x);
  using fileB = new ByteFile(y);
  try {
    return await compareOpened({name: a.name, path: x, file: fileA}, {name: b.name, path: y, file: fileB});
  } catch (error) {
    if (error instanceof NotReadableSo) return compareBytes(fileA, fileB, error.message);
    throw error;
  }
}

interface Opened extends TensorFile {
  readonly file: ByteFile;
}

async function compareOpened(a: Opened, b: Opened): Promise<Comparison> {
  if (both(a, b, looksLikeSafetensors)) return compareModels([a], [b]);
  if (both(a, b, looksLikeParquet)) return compareParquet(a.file, b.file);
  return compareWords(a, b);
}

/** Rows, a JSON document, or lines: the first that both can be read as. */
function compareWords({name, file: a}: Opened, {file: b}: Opened): Comparison {
  for (const compare of [compareAsRows, compareAsJson]) {
    try {
      const found = compare(a, b, name);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof NotReadableSo)) throw error;
    }
  }
  return compareText(a, b);
}

function compareAsRows(a: ByteFile, b: ByteFile, name: string): Comparison | undefined {
  if (!looksLikeRows(a, name) || !looksLikeRows(b, name)) return undefined;
  const found = compareRows(a, b);
  const {added, removed, changed, moved} = found;
  // Rows that are all equal: then their ends are not, and lines show it.
  return added.count + removed.count + changed.count === 0 && moved === undefined ? undefined : found;
}

/** Objects and lists: a bare number or word is a line of text to everybody. */
function compareAsJson(a: ByteFile, b: ByteFile): Comparison | undefined {
  const [before, after] = [decodeText(a), decodeText(b)];
  return OPENS_JSON.test(before) && OPENS_JSON.test(after) ? compareJson(before, after) : undefined;
}

const OPENS_JSON = /^\s*[{[]/;

/** Throws NotReadableSo where one of them is no model. */
export async function compareModels(a: readonly TensorFile[], b: readonly TensorFile[]): Promise<Comparison> {
  const before = openTensors(a);
  if (!before.ok) throw new NotReadableSo(`not safetensors: ${before.error}`);
  using setA = before.value;
  const after = openTensors(b);
  if (!after.ok) throw new NotReadableSo(`not safetensors: ${after.error}`);
  using setB = after.value;
  return await compareTensors(setA, setB);
}

export async function pathsOf(
  ...sides: readonly FileSide[]
): Promise<{readonly paths: readonly [string, string]} | {readonly why: string}> {
  try {
    const [a = '', b = ''] = await Promise.all(sides.map((side) => side.path()));
    return {paths: [a, b]};
  } catch (error) {
    if (error instanceof StoreError && error.code === 'missing') return {why: error.message};
    throw error;
  }
}

function both(a: Opened, b: Opened, holds: (file: ByteFile) => boolean): boolean {
  return holds(a.file) && holds(b.file);
}
