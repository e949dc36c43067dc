import {StoreError} from '../../../artifacts/store-error.ts';
import type {TreeEntry} from '../../../schemas/artifact.ts';
import type {Comparison, FileDifference, TreeComparison} from '../../../schemas/comparison.ts';
import {compareFiles, compareModels} from '../compare-files.ts';
import type {FileSide, TreeSide} from '../compared-files.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {isWeights, splitFolders, weightFiles} from './weights.ts';

/** By path, then every differing file by what it holds. */
export async function compareTrees(
  a: TreeSide,
  b: TreeSide,
): Promise<TreeComparison | {readonly kind: 'same'}> {
  if (a.digest === b.digest) return {kind: 'same'};
  const folders = splitFolders(a, b);
  const weights = await Promise.all(folders.map((folder) => compareWeights(a, b, folder)));
  const isApart = (entry: TreeEntry) => folders.some((folder) => isWeights(entry, folder));
  const before = new Map(a.entries.filter((entry) => !isApart(entry)).map((entry) => [entry.path, entry]));
  const after = new Map(b.entries.filter((entry) => !isApart(entry)).map((entry) => [entry.path, entry]));
  const shared = [...before.values()].filter(({path}) => after.has(path));
  const changed: FileDifference[] = [...weights.filter(({comparison}) => comparison.kind !== 'same')];
  for (const entry of shared) {
    const other = after.get(entry.path);
    if (other !== undefined && !isSame(entry, other)) changed.push(await compareEntries(a, entry, b, other));
  }
  return {
    kind: 'tree',
    files: [a.entries.length, b.entries.length],
    same: shared.length + weights.length - changed.length,
    added: [...after.keys()].filter((path) => !before.has(path)),
    removed: [...before.keys()].filter((path) => !after.has(path)),
    changed,
  };
}

/** A model in one file against one that was split: by tensor name. */
export async function compareFileWithTree(
  file: FileSide,
  tree: TreeSide,
  isSwapped: boolean,
): Promise<Comparison> {
  try {
    const single = [{name: file.name, path: await file.path()}];
    const split = await weightFiles(tree, '.');
    return isSwapped ? await compareModels(split, single) : await compareModels(single, split);
  } catch (error) {
    return unread(error, 'one is a file, the other a folder');
  }
}

function isSame(a: TreeEntry, b: TreeEntry): boolean {
  return a.digest === b.digest && a.executable === b.executable;
}

async function compareEntries(a: TreeSide, x: TreeEntry, b: TreeSide, y: TreeEntry): Promise<FileDifference> {
  return {
    path: x.path,
    digests: [x.digest, y.digest],
    ...(x.executable !== y.executable && {executable: [x.executable, y.executable] as const}),
    comparison: await compareFiles(a.file(x), b.file(y)),
  };
}

async function compareWeights(a: TreeSide, b: TreeSide, folder: string): Promise<FileDifference> {
  const digests = [undefined, undefined] as const;
  const path = folder === '.' ? '*.safetensors' : `${folder}/*.safetensors`;
  return {path, digests, comparison: await compareSplit(a, b, folder)};
}

async function compareSplit(a: TreeSide, b: TreeSide, folder: string): Promise<Comparison> {
  const entries = ({entries}: TreeSide) =>
    JSON.stringify(
      entries.filter((entry) => isWeights(entry, folder)).map(({path, digest}) => [path, digest]),
    );
  if (entries(a) === entries(b)) return {kind: 'same'};
  try {
    return await compareModels(await weightFiles(a, folder), await weightFiles(b, folder));
  } catch (error) {
    return unread(error, '');
  }
}

function unread(error: unknown, why: string): Comparison {
  if (error instanceof NotReadableSo) return {kind: 'unread', why: why === '' ? error.message : why};
  if (error instanceof StoreError && error.code === 'missing') return {kind: 'unread', why: error.message};
  throw error;
}
