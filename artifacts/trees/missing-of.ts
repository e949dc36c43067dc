import type {Artifact, TreeArtifact, TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {readManifest} from './materialise.ts';

/** What is not in the store of these artifacts: blobs, manifests, and the files that manifests name. */
export async function missingOf(
  store: ArtifactStore,
  artifacts: Iterable<Artifact>,
): Promise<ReadonlySet<Digest>> {
  const all = [...artifacts];
  const absent = new Set(await store.missing(all.map((artifact) => artifact.digest)));
  for (const artifact of all) {
    if (artifact.type === 'blob' || absent.has(artifact.digest)) continue;
    const manifest = await manifestIfSound(store, artifact);
    if (manifest === undefined) absent.add(artifact.digest);
    else for (const digest of await store.missing(filesOf(manifest))) absent.add(digest);
  }
  return absent;
}

/** A manifest that turns out damaged, or gone since it was asked for, is as good as missing: it can be made anew. */
async function manifestIfSound(store: ArtifactStore, tree: TreeArtifact): Promise<TreeManifest | undefined> {
  try {
    return await readManifest(store, tree);
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'corrupt' || error.code === 'missing'))
      return undefined;
    throw error;
  }
}

function filesOf({entries}: TreeManifest): readonly Digest[] {
  return entries.map(({digest}) => digest);
}
