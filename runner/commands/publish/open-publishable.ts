import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openReadableBucket} from '../../../artifacts/open/open-bucket.ts';
import {openStore} from '../../../artifacts/open/open-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {directories, projectRoot} from '../../opening/world/directories.ts';
import {passedOver} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {bringMissing, missingHere} from '../../publish/bring-missing.ts';
import {type Contents, contentsOf, type NamedArtifact} from '../../publish/contents.ts';
import {type PublishableRun, publishable} from '../../publish/publishable.ts';
import {type FoundRun, findRun} from '../../run/find-run.ts';
import {chooseStores} from '../../stores/choose-stores.ts';
import type {FoundStore} from '../../stores/find-store.ts';

/** A run that may be published or exported, and all its bytes in the local store. */
export interface PublishableHere {
  readonly run: PublishableRun;
  readonly contents: Contents;
  readonly store: OpenStore;
}

export interface WantedRun {
  /** A folder in .repro/runs, or the start of a digest; the last by default. */
  readonly run: string | undefined;
  readonly stores: readonly string[];
  /** False: its source alone. */
  readonly withArtifacts?: boolean;
}

export async function openPublishable(
  wanted: WantedRun,
  world: World,
): Promise<Result<PublishableHere, readonly Diagnostic[]>> {
  const found = findWanted(wanted.run, world);
  if (!found.ok) return err([found.error]);
  const run = publishable(found.value);
  if (!run.ok) return run;
  const usual = directories('.', world.variables, world.directory).store;
  const stores = chooseStores({words: wanted.stores, usual}, world);
  if (!stores.ok) return err([stores.error]);
  const store = await openStore({directory: stores.value.local, owner: world.owner});
  try {
    const contents = await contentsOf(
      run.value,
      store.artifacts,
      wanted.withArtifacts === false ? 'source' : 'everything',
    );
    const missing = await completed(contents, stores.value.remote, store);
    if (missing.length === 0) return ok({run: run.value, contents, store});
    await store.close();
    return err([missingBytes(missing, stores.value.local)]);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function findWanted(name: string | undefined, world: World): Result<FoundRun, Diagnostic> {
  const project = join(projectRoot(world.directory), '.repro');
  const found = findRun(project, name, passedOver(world));
  if (found !== undefined) return ok(found);
  const message = name === undefined ? `no run has ended yet in ${project}` : `no run is called "${name}"`;
  return err(problem('unknown-run', message, 'runs are in .repro/runs'));
}

/** What stays missing after the shared store was asked. */
async function completed(
  {artifacts}: Contents,
  shared: FoundStore | undefined,
  store: OpenStore,
): Promise<readonly NamedArtifact[]> {
  const missing = await missingHere(artifacts, store);
  if (missing.length === 0 || shared === undefined) return missing;
  const remote = openRemote(await openReadableBucket(shared));
  try {
    await bringMissing(missing, remote, store);
  } finally {
    await remote.close();
  }
  return missingHere(missing, store);
}

const MOST_NAMES = 5;

function missingBytes(missing: readonly NamedArtifact[], store: string): Diagnostic {
  const names = missing.slice(0, MOST_NAMES).map(({what}) => what);
  const more = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : '';
  return problem(
    'missing-bytes',
    `${store} does not have all of this run: ${names.join(', ')}${more}`,
    'run the pipeline again to make them anew, or name the store that has them: --store',
  );
}
