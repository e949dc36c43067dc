import {dirname} from 'node:path';
import type {Artifact, TreeArtifact, TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {LIMITS} from '../path-rules.ts';
import type {ArtifactStore, Placed} from '../store.ts';
import {StoreError, toStoreError} from '../store-error.ts';
import {parseManifest} from './parse-manifest.ts';
import {makePlainFolder} from './plain-folder.ts';

export interface MaterialiseOptions {
  /** Hard links to read-only objects where possible. */
  readonly link: boolean;
}

/**
 * An artifact as a file or a directory. `destination` must not exist: a tree is laid down only in
 * directories that were made for it, so no link that somebody prepared can lead a file elsewhere.
 * When it throws, what it has made so far is left to whoever owns the scratch folder.
 */
export async function materialise(
  store: ArtifactStore,
  artifact: Artifact,
  destination: string,
  options: MaterialiseOptions,
): Promise<Placed> {
  if (artifact.type === 'blob') {
    return store.place([{digest: artifact.digest, destination, executable: false, link: options.link}]);
  }
  const manifest = await readManifest(store, artifact);
  makeDirectories(destination, manifest);
  return store.place(
    manifest.entries.map(({digest, path, executable}) => ({
      digest,
      destination: `${destination}/${path}`,
      executable,
      link: options.link,
    })),
  );
}

/** @throws StoreError `malformed` when the object is no manifest, or isn't the tree that was claimed. */
export async function readManifest(store: ArtifactStore, tree: TreeArtifact | Digest): Promise<TreeManifest> {
  const digest = typeof tree === 'string' ? tree : tree.digest;
  const manifest = manifestFrom(await store.read(digest, LIMITS.manifestBytes), tree);
  store.learn?.(manifest);
  return manifest;
}

/** The same from bytes that were checked against the tree's digest. */
export function manifestFrom(bytes: Uint8Array, tree: TreeArtifact | Digest): TreeManifest {
  const digest = typeof tree === 'string' ? tree : tree.digest;
  const parsed = parseManifest(bytes);
  if (!parsed.ok) {
    const {at, why} = parsed.error;
    throw new StoreError('malformed', digest, `${digest} is not a tree: ${JSON.stringify(at)} ${why}`);
  }
  if (typeof tree !== 'string') checkClaim(tree, parsed.value);
  return parsed.value;
}

function checkClaim(tree: TreeArtifact, {entries}: TreeManifest): void {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (size === tree.size && entries.length === tree.files) return;
  const claim = `${tree.files} files and ${tree.size} bytes`;
  throw new StoreError('malformed', tree.digest, `${tree.digest} has not the ${claim} it is said to have`);
}

function makeDirectories(destination: string, manifest: TreeManifest): void {
  try {
    makePlainFolder(destination);
    const made = new Set(['.']);
    const make = (directory: string) => {
      if (made.has(directory)) return;
      make(dirname(directory));
      made.add(directory);
      makePlainFolder(`${destination}/${directory}`);
    };
    for (const {path} of manifest.entries) make(dirname(path));
  } catch (error) {
    throw toStoreError(error, destination);
  }
}
