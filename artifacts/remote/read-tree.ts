import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {LIMITS} from '../path-rules.ts';
import type {ArtifactStore} from '../store.ts';
import {manifestFrom} from '../trees/materialise.ts';

/** A manifest and its bytes, for who is going to store them too. */
export async function readTree(
  store: ArtifactStore,
  tree: Digest,
): Promise<{readonly bytes: Uint8Array; readonly manifest: TreeManifest}> {
  const bytes = await store.read(tree, LIMITS.manifestBytes);
  return {bytes, manifest: manifestFrom(bytes, tree)};
}
