import {objectKey} from '../../artifacts/bucket/bucket-layout.ts';
import type {OpenStore} from '../../artifacts/disk/local-store.ts';
import type {RemoteStore} from '../../artifacts/remote/open-remote.ts';
import {pullArtifacts} from '../../artifacts/remote/pull.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import {type NamedArtifact, publishedArtifactOf} from './contents.ts';

/** What is not here in full: of a tree, its manifest or any of its files. */
export async function missingHere(
  artifacts: readonly NamedArtifact[],
  local: OpenStore,
): Promise<readonly NamedArtifact[]> {
  const missing: NamedArtifact[] = [];
  for (const artifact of artifacts) if (!(await isHere(artifact, local))) missing.push(artifact);
  return missing;
}

async function isHere({type, digest}: NamedArtifact, {artifacts}: OpenStore): Promise<boolean> {
  if ((await artifacts.missing([digest])).size > 0) return false;
  if (type === 'blob') return true;
  const {entries} = await readManifest(artifacts, digest);
  return (await artifacts.missing(entries.map((entry) => entry.digest))).size === 0;
}

/** From the shared store: a run whose stages others executed has their outputs there. */
export async function bringMissing(
  missing: readonly NamedArtifact[],
  remote: RemoteStore,
  local: OpenStore,
): Promise<void> {
  const wanted: Artifact[] = [];
  for (const artifact of missing) {
    const size = artifact.claim?.size ?? (await remote.bucket.size(objectKey(artifact.digest)));
    if (size !== undefined) wanted.push(publishedArtifactOf(artifact, size));
  }
  await pullArtifacts(remote, local, wanted);
}
