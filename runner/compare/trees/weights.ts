import {dirname} from 'node:path';
import type {TreeEntry} from '../../../schemas/artifact.ts';
import {ByteFile} from '../byte-file.ts';
import type {TreeSide} from '../compared-files.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import type {TensorFile} from '../tensors/tensor-set.ts';
import {decodeText} from '../text/compare-text.ts';

const WEIGHTS = '.safetensors';
const INDEX = '.safetensors.index.json';

/** The folders where a or b splits its weights over files: there, tensors are compared by name and not by file. */
export function splitFolders(a: TreeSide, b: TreeSide): readonly string[] {
  const withIndex = new Set(
    [...a.entries, ...b.entries].filter(({path}) => path.endsWith(INDEX)).map(({path}) => dirname(path)),
  );
  const holds = ({entries}: TreeSide, folder: string) => entries.some((entry) => isWeights(entry, folder));
  return [...withIndex].filter((folder) => holds(a, folder) && holds(b, folder)).sort();
}

export function isWeights({path}: TreeEntry, folder: string): boolean {
  return path.endsWith(WEIGHTS) && dirname(path) === folder;
}

/** The files that hold a folder's weights: those that its index names, or all where it has none. */
export async function weightFiles(tree: TreeSide, folder: string): Promise<readonly TensorFile[]> {
  const entries = tree.entries.filter((entry) => isWeights(entry, folder));
  const index = tree.entries.find(({path}) => path.endsWith(INDEX) && dirname(path) === folder);
  const named = index === undefined ? undefined : await namedFiles(tree, index);
  const absent = [...(named ?? [])].find((name) => !entries.some(({path}) => baseOf(path) === name));
  if (absent !== undefined)
    throw new NotReadableSo(`the index names ${JSON.stringify(absent)}, which is not there`);
  const chosen = entries.filter(({path}) => named === undefined || named.has(baseOf(path)));
  return Promise.all(chosen.map(async (entry) => ({name: entry.path, path: await tree.file(entry).path()})));
}

async function namedFiles(tree: TreeSide, index: TreeEntry): Promise<ReadonlySet<string>> {
  using file = new ByteFile(await tree.file(index).path());
  const map = weightMap(decodeText(file));
  if (map === undefined) throw new NotReadableSo(`${index.path} has no weight_map of names to files`);
  return new Set(Object.values(map));
}

function weightMap(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const {weight_map: map} = JSON.parse(text) as {readonly weight_map?: unknown};
    const isMap = typeof map === 'object' && map !== null && !Array.isArray(map);
    if (!isMap || !Object.values(map).every((name) => typeof name === 'string')) return undefined;
    return map as Readonly<Record<string, string>>;
  } catch {
    return undefined;
  }
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
