import {join} from 'node:path';
import type {ArtifactStore} from '../../artifacts/store.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import {encodeManifest} from '../../artifacts/trees/manifest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

/** A stage's code into the store: what was hashed, and nothing else. Costs one look where it is there already. */
export async function storeCode(
  store: ArtifactStore,
  folder: string,
  {artifact, manifest}: TreeDigest,
): Promise<Result<undefined, string>> {
  // Where a tree's manifest is, its files are: they are written first.
  const absent = await store.missing([artifact.digest]);
  if (absent.size > 0) {
    const files = manifest.entries.map(({path}) => ({path: join(folder, path), mode: 'copy' as const}));
    const adopted = await store.adopt(files);
    if (!adopted.ok) return err(`${folder} changed while it was read: run again`);
    const changed = adopted.value.some(({digest}, i) => digest !== manifest.entries[i]?.digest);
    if (changed) return err(`${folder} changed since it was hashed: run again`);
  }
  await store.write(encodeManifest(manifest));
  return ok(undefined);
}
