import type {BlobArtifact, TreeArtifact} from '../../schemas/artifact.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import {LIMITS} from '../path-rules.ts';
import type {AdoptedFile, AdoptMode, ArtifactStore} from '../store.ts';
import {encodeManifest, manifestOf, treeOf} from './manifest.ts';
import {type EmptyFolders, resolveParent, walk} from './walk.ts';

export interface IngestOptions {
  readonly mode: AdoptMode;
  /** Told of folders that the tree doesn't keep, if there are any. */
  readonly onEmpty?: (empty: EmptyFolders) => void;
}

/** A directory into the store. Its files are durable before the manifest that names them is written. */
export async function ingestTree(
  store: ArtifactStore,
  directory: string,
  options: IngestOptions,
): Promise<Result<TreeArtifact, IngestFailure>> {
  const walked = walk(directory);
  if (!walked.ok) return walked;
  const {root, files, empty} = walked.value;
  const wanted = files.map((name) => ({path: `${root}/${name}`, name, mode: options.mode}));
  const adopted = await store.adopt(wanted);
  if (!adopted.ok) return adopted;
  const manifest = manifestOf(adopted.value.map((file, at) => entryOf(file, files[at])));
  const tooLarge = checkSizes(manifest.entries);
  if (tooLarge !== undefined) return err(tooLarge);
  await store.write(encodeManifest(manifest));
  if (empty.count > 0) options.onEmpty?.(empty);
  return ok(treeOf(manifest));
}

/** One file into the store. */
export async function ingestBlob(
  store: ArtifactStore,
  file: string,
  options: IngestOptions,
): Promise<Result<BlobArtifact, IngestFailure>> {
  const adopted = await store.adopt([{path: resolveParent(file), mode: options.mode}]);
  if (!adopted.ok) return adopted;
  const [blob] = adopted.value;
  if (blob === undefined) throw new Error('a store must answer for every file it is given');
  return ok({type: 'blob', digest: blob.digest, size: blob.size});
}

function entryOf(file: AdoptedFile, path: string | undefined) {
  if (path === undefined) throw new Error('a store must answer for every file it is given');
  return {path, size: file.size, executable: file.executable, digest: file.digest};
}

/** What a reader would refuse must not be written. */
export function checkSizes(
  entries: readonly {readonly path: string; readonly size: number}[],
): IngestFailure | undefined {
  let sum = 0;
  for (const {path, size} of entries) {
    sum += size;
    if (size > LIMITS.fileBytes) return {code: 'limit', path, limit: `${LIMITS.fileBytes} bytes in a file`};
    if (sum > LIMITS.treeBytes) return {code: 'limit', path, limit: `${LIMITS.treeBytes} bytes in a tree`};
  }
  return undefined;
}
