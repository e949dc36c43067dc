import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import {ownedName} from '../../artifacts/owner.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import {materialise} from '../../artifacts/trees/materialise.ts';
import {shortDigest} from '../../schemas/digest.ts';
import {storeCode} from './store-code.ts';

/** The code of a stage kind as this run executes it: one copy for all its stages, out of the store. */
export interface PlacedCode {
  readonly directory: string;
  /** Whether it still is what was placed: without a sandbox a stage could write to it. */
  unchanged(): boolean;
}

export interface CodePlacement {
  readonly store: ArtifactStore;
  readonly scratch: string;
  readonly owner: string;
  /** Hard links where nothing can write through them. */
  readonly link: boolean;
}

/**
 * Stages run from the store's copy of their code, so what runs is what was hashed, whatever an editor does
 * meanwhile, and a published run has it.
 */
export async function placeCode(
  folder: string,
  code: TreeDigest,
  placement: CodePlacement,
): Promise<PlacedCode> {
  const {store, scratch, owner, link} = placement;
  const stored = await storeCode(store, folder, code);
  if (!stored.ok) throw new Error(stored.error);
  const directory = join(scratch, ownedName(owner, `code-${shortDigest(code.artifact.digest)}`));
  removeTree(directory);
  await materialise(store, code.artifact, directory, {link});
  // Folders as well: what is added to one changes its time.
  const paths = code.manifest.entries
    .flatMap(({path}) => withFolders(path))
    .map((path) => join(directory, path));
  const looked = [...new Set([directory, ...paths])];
  const placed = looked.map(fingerprint);
  return {directory, unchanged: () => looked.every((path, i) => fingerprint(path) === placed[i])};
}

/** `a/b/c.py` and the folders on the way to it. */
function withFolders(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** With the time of the last change of any kind: a stage that writes through it can set the other one back. */
function fingerprint(path: string): string {
  const stat = lstatSync(path, {throwIfNoEntry: false});
  return stat === undefined
    ? 'gone'
    : `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.ino} ${stat.mode}`;
}
