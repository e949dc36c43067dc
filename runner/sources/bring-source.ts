import {randomBytes} from 'node:crypto';
import {existsSync, lstatSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describeIngestFailure, type IngestFailure} from '../../artifacts/ingest-failure.ts';
import {ownedName} from '../../artifacts/owner.ts';
import {LIMITS} from '../../artifacts/path-rules.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {errnoOf, StoreError, toStoreError} from '../../artifacts/store-error.ts';
import {ingestBlob, ingestTree} from '../../artifacts/trees/ingest.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import {parseManifest} from '../../artifacts/trees/parse-manifest.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedSource} from '../../schemas/plan.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {FetchOptions} from './fetch-source.ts';

/** Puts a source's bytes into the store, whatever they have to be fetched from, and checks them against the pin. */
export async function bringSource(
  source: PlannedSource,
  digest: Digest,
  options: FetchOptions,
): Promise<Result<Artifact, StageFailure>> {
  const there = await inStore(source, digest, options);
  if (there !== undefined) return ok(there);
  const {location} = source;
  return location.from === 'file'
    ? take(source, digest, location.path, options.store)
    : fetch(source, digest, options);
}

async function inStore(
  source: PlannedSource,
  digest: Digest,
  options: FetchOptions,
): Promise<Artifact | undefined> {
  const {store} = options;
  if ((await store.missing([digest])).size > 0) return undefined;
  if (source.type === 'blob' && !(await isFolderOfAnother(source, digest, store)))
    return {type: 'blob', digest, size: await sizeOf(digest, options)};
  const {entries} = await readManifest(store, digest);
  if ((await store.missing(entries.map((entry) => entry.digest))).size > 0) return undefined;
  return {type: 'tree', digest, size: entries.reduce((sum, {size}) => sum + size, 0), files: entries.length};
}

const MANIFEST = Buffer.from('{"entries":[');

/** Of a file of its author's that is not on this machine the pipeline can't say that it is a folder: its object does. */
async function isFolderOfAnother(
  {location}: PlannedSource,
  digest: Digest,
  store: ArtifactStore,
): Promise<boolean> {
  if (location.from !== 'file' || existsSync(location.path)) return false;
  for await (const chunk of store.stream(digest)) {
    if (!MANIFEST.equals(chunk.subarray(0, MANIFEST.length))) return false;
    break;
  }
  return parseManifest(await store.read(digest, LIMITS.manifestBytes)).ok;
}

/** By a link to it, which the store makes only to what it has hashed: reading gigabytes again would say no more. */
async function sizeOf(
  digest: Digest,
  {store, scratch, owner}: Pick<FetchOptions, 'store' | 'scratch' | 'owner'>,
): Promise<number> {
  const destination = join(scratch, ownedName(owner, `size-${randomBytes(6).toString('hex')}`));
  try {
    await store.place([{digest, destination, executable: false, link: true}]);
    return lstatSync(destination).size;
  } finally {
    rmSync(destination, {force: true});
  }
}

async function take(
  source: PlannedSource,
  digest: Digest,
  path: string,
  store: ArtifactStore,
): Promise<Result<Artifact, StageFailure>> {
  const taken =
    source.type === 'blob'
      ? await ingestBlob(store, path, {mode: 'copy'})
      : await ingestTree(store, path, {mode: 'copy'});
  if (!taken.ok) return err(failure(source, whyNot(path, taken.error), 'restore it, and run again'));
  if (taken.value.digest === digest) return ok(taken.value);
  const why = `its bytes are ${taken.value.digest}, and its pin says ${digest}`;
  return err(failure(source, why, 'restore the bytes, or change the pin if you mean the new ones'));
}

function whyNot(path: string, why: IngestFailure): string {
  return `${path}: ${describeIngestFailure(why)}`;
}

async function fetch(
  source: PlannedSource,
  digest: Digest,
  options: FetchOptions,
): Promise<Result<Artifact, StageFailure>> {
  const {fetchSource} = await import('./fetch-source.ts');
  try {
    return ok((await fetchSource(source, digest, options)).artifact);
  } catch (error) {
    if (options.signal.aborted) return err({code: 'interrupted'});
    if (error instanceof StoreError || errnoOf(error) !== undefined)
      throw toStoreError(error, options.scratch);
    const {whyOf} = await import('./fetch-advice.ts');
    const {why, help} = whyOf(error);
    return err(failure(source, why, help));
  }
}

function failure(source: PlannedSource, why: string, help: string): StageFailure {
  return {code: 'source', source: source.name, why, help};
}
