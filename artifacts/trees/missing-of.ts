import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {ArtifactStore} from '../store.ts';
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
    const {entries} = await readManifest(store, artifact);
    for (const digest of await store.missing(entries.map((entry) => entry.digest))) absent.add(digest);
  }
  return absent;
}
