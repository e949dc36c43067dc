import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {StatIndex} from '../../../artifacts/files/stat-index.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {PlannedSource} from '../../../schemas/plan.ts';
import type {OpenPipeline} from '../../opening/pipeline/open-pipeline.ts';
import {scratchFolder} from '../../opening/pipeline/run-session.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {byteProgress} from '../../opening/world/byte-progress.ts';
import type {World} from '../../opening/world/world.ts';
import type {LockableSource} from '../../report/lock-text.ts';
import {fetchingText} from '../../report/stage-board.ts';
import {artifactAt} from '../../sources/check-source.ts';
import {whyOf} from '../../sources/fetch-advice.ts';
import type {Fetched} from '../../sources/fetch-context.ts';
import {FetchError} from '../../sources/fetch-error.ts';
import {type FetchOptions, fetchSource} from '../../sources/fetch-source.ts';
import {addressOfBucket} from '../../stores/find-store.ts';
import {openStores} from '../../stores/open-stores.ts';

export interface FetchedForLock {
  readonly locked: readonly Omit<LockableSource, 'place'>[];
  readonly failed: readonly Diagnostic[];
  readonly interrupted: boolean;
}

/** Each source as it is now, in the store, whatever its pin said; a file stays where it is. */
export async function fetchForLock(
  sources: readonly PlannedSource[],
  {directories, stores}: OpenPipeline,
  world: World,
): Promise<FetchedForLock> {
  const store = await openStores(stores, storeContext(world));
  const scratch = scratchFolder(store.layout);
  mkdirSync(scratch, {recursive: true, mode: 0o700});
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  const index = StatIndex.load(join(directories.project, 'stat-index'));
  const {owner, isAlive, now, variables} = world;
  const placeOf = (url: string) => addressOfBucket(url, world);
  const options = {
    store: store.artifacts,
    scratch,
    owner,
    isAlive,
    now,
    variables,
    placeOf,
    signal: stop.signal,
  };
  const locked: Omit<LockableSource, 'place'>[] = [];
  const failed: Diagnostic[] = [];
  try {
    for (const source of sources) {
      if (stop.signal.aborted) break;
      try {
        const {name, kind, location, digest: before} = source;
        locked.push({name, kind, location, before, ...(await fetchOne(source, index, options, world))});
      } catch (error) {
        if (!stop.signal.aborted) failed.push(unfetched(source, error));
      }
    }
    return {locked, failed, interrupted: stop.signal.aborted};
  } finally {
    forget();
    await store.close();
  }
}

async function fetchOne(
  source: PlannedSource,
  index: StatIndex,
  options: FetchOptions,
  world: World,
): Promise<Fetched> {
  if (source.location.from === 'file') {
    const found = artifactAt(source, source.location.path, index);
    if (!found.ok)
      throw new FetchError('not-there', found.error, {help: 'paths are relative to the pipeline file'});
    return {artifact: found.value, notes: []};
  }
  const line = byteProgress(world, fetchingText);
  const progress = (bytes: number, total: number | null) => line.show({source: source.name, bytes, total});
  try {
    return await fetchSource(source, undefined, {...options, progress});
  } finally {
    line.end();
  }
}

function unfetched(source: PlannedSource, error: unknown): Diagnostic {
  const {why, help} = whyOf(error);
  const message = `source "${source.name}" can't be had: ${why}`;
  return {severity: 'error', code: 'unfetched-source', message, place: source.place, help};
}
