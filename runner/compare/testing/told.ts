import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {digestTree} from '../../../artifacts/trees/digest-tree.ts';
import type {Comparison} from '../../../schemas/comparison.ts';
import {diffText} from '../../report/diff-text.ts';
import {plainStyle} from '../../report/style.ts';
import {compareFiles} from '../compare-files.ts';
import type {FileSide, TreeSide} from '../compared-files.ts';
import {compareFileWithTree, compareTrees} from '../trees/compare-trees.ts';

export function fileSide(path: string): FileSide {
  return {name: basename(path), digest: digestOfBytes(readFileSync(path)), path: async () => path};
}

function treeSide(path: string): TreeSide {
  const digested = digestTree(path);
  if (!digested.ok) throw new Error(digested.error.code);
  const {artifact, manifest} = digested.value;
  return {
    digest: artifact.digest,
    entries: manifest.entries,
    file: (entry) => ({name: entry.path, digest: entry.digest, path: async () => join(path, entry.path)}),
  };
}

export async function comparePaths(a: string, b: string): Promise<Comparison> {
  const isFile = (path: string) => statSync(path).isFile();
  if (isFile(a) && isFile(b)) return compareFiles(fileSide(a), fileSide(b));
  if (isFile(a)) return compareFileWithTree(fileSide(a), treeSide(b), false);
  return isFile(b)
    ? compareFileWithTree(fileSide(b), treeSide(a), true)
    : compareTrees(treeSide(a), treeSide(b));
}

/** All that `repro diff` prints of two files or folders, but for what they are called. */
export async function toldOf(a: string, b: string): Promise<string> {
  return diffText(await comparePaths(a, b), ['a', 'b'], plainStyle).replace(/^a {2}a\nb {2}b\n\n/, '');
}

/** The same of two texts under one name. */
export async function toldOfTexts(
  name: string,
  a: string | Uint8Array,
  b: string | Uint8Array,
): Promise<string> {
  const folder = temporaryDirectory();
  const paths = [a, b].map((content, index) => {
    const path = join(folder, `${index}-${name}`);
    writeFileSync(path, content);
    return path;
  });
  return toldOf(paths[0] ?? '', paths[1] ?? '');
}
