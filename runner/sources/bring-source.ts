import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {describeIngestFailure, type IngestFailure} from '../../artifacts/ingest-failure.ts';
import {ownedName} from '../../artifacts/owner.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {ingestBlob, ingestTree} from '../../artifacts/trees/ingest.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedSource} from '../../schemas/plan.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

export interface BringOptions {
  readonly store: ArtifactStore;
  /** For downloads on their way; on the store's file system. */
  readonly scratch: string;
  readonly owner: string;
  readonly signal: AbortSignal;
}

/** Puts a source's bytes into the store, whatever they have to be fetched from, and checks them against the pin. */
export async function bringSource(
  source: PlannedSource,
  digest: Digest,
  options: BringOptions,
): Promise<Result<Artifact, StageFailure>> {
  const there = await inStore(source, digest, options.store);
  if (there !== undefined) return ok(there);
  const {location} = source;
  switch (location.from) {
    case 'file':
      return take(source, digest, location.path, options.store);
    case 'https':
      return download(source, digest, location.url, options);
    default:
      return err(
        failure(source, `this version of repro does not fetch \`${location.from}:\` sources yet`, [
          `fetch it yourself and name it as \`file:\` with the same \`sha256:\``,
        ]),
      );
  }
}

async function inStore(
  source: PlannedSource,
  digest: Digest,
  store: ArtifactStore,
): Promise<Artifact | undefined> {
  if ((await store.missing([digest])).size > 0) return undefined;
  if (source.type === 'blob') return {type: 'blob', digest, size: await sizeOf(store, digest)};
  const {entries} = await readManifest(store, digest);
  if ((await store.missing(entries.map((entry) => entry.digest))).size > 0) return undefined;
  return {type: 'tree', digest, size: entries.reduce((sum, {size}) => sum + size, 0), files: entries.length};
}

async function sizeOf(store: ArtifactStore, digest: Digest): Promise<number> {
  let size = 0;
  for await (const chunk of store.stream(digest)) size += chunk.length;
  return size;
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
  if (!taken.ok) return err(failure(source, whyNot(path, taken.error), ['restore it, and run again']));
  if (taken.value.digest === digest) return ok(taken.value);
  return err(
    failure(source, `its bytes are ${taken.value.digest}, and its pin says ${digest}`, [
      'restore the bytes, or change the pin if you mean the new ones',
    ]),
  );
}

function whyNot(path: string, why: IngestFailure): string {
  return `${path}: ${describeIngestFailure(why)}`;
}

async function download(
  source: PlannedSource,
  digest: Digest,
  url: string,
  {store, scratch, owner, signal}: BringOptions,
): Promise<Result<Artifact, StageFailure>> {
  if (source.type === 'tree') {
    return err(failure(source, 'a folder cannot be fetched over https', ['name a single file']));
  }
  const file = join(scratch, ownedName(owner, `source-${source.name}`));
  try {
    const {fetchHttps} = await import('./fetch-https.ts');
    await fetchHttps(url, file, signal);
    return await take(source, digest, file, store);
  } catch (error) {
    return err(
      failure(source, `${url}: ${error instanceof Error ? error.message : String(error)}`, [
        'try again, or fetch it yourself and name it as `file:`',
      ]),
    );
  } finally {
    rmSync(file, {force: true});
  }
}

function failure(source: PlannedSource, why: string, help: readonly [string]): StageFailure {
  return {code: 'source', source: source.name, why, help: help[0]};
}
