import type {ArtifactStore} from '../../artifacts/store.ts';
import {encodeManifest, manifestOf, treeOf} from '../../artifacts/trees/manifest.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import {parseManifest} from '../../artifacts/trees/parse-manifest.ts';
import type {TreeArtifact, TreeEntry} from '../../schemas/artifact.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

/** A tree, and the folder that it is to be in; '' for the root. */
export interface PlacedTree {
  readonly folder: string;
  readonly tree: TreeArtifact;
}

/**
 * One tree of several, each in its folder, by its manifest in the store. A file that two of them have must be the
 * same in both; the whole is read by the rules for strangers' manifests, as its parts were.
 */
export async function mergeTrees(
  parts: readonly PlacedTree[],
  store: ArtifactStore,
): Promise<Result<TreeArtifact, string>> {
  const merged = new Map<string, TreeEntry>();
  for (const {folder, tree} of parts) {
    for (const entry of (await readManifest(store, tree)).entries) {
      const path = folder === '' ? entry.path : `${folder}/${entry.path}`;
      const there = merged.get(path);
      if (there !== undefined && there.digest !== entry.digest) return err(`it has two files at ${path}`);
      merged.set(path, {...entry, path});
    }
  }
  const manifest = manifestOf([...merged.values()]);
  const bytes = encodeManifest(manifest);
  const checked = parseManifest(bytes);
  if (!checked.ok) return err(`${JSON.stringify(checked.error.at)} ${checked.error.why}`);
  await store.write(bytes);
  return ok(treeOf(manifest));
}
