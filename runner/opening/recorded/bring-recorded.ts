import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {openTiered} from '../../../artifacts/tiered/open-tiered.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {type FoundRun, findRun} from '../../run/find-run.ts';
import {chooseStores, type StoreChoice} from '../../stores/choose-stores.ts';
import {openStores} from '../../stores/open-stores.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import {contentOf} from '../../stranger/published-project.ts';
import {type OpenPipeline, openPipeline} from '../pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../pipeline/pipeline-options.ts';
import type {OpenPublication} from '../published/open-publication.ts';
import {chosenProfile} from '../published/plan-published.ts';
import {storeContext} from '../stores/store-context.ts';
import {bringFromPublication} from '../stranger/bring-project.ts';
import {openToRun} from '../stranger/find-project.ts';
import {layDown} from '../stranger/lay-down.ts';
import {trustOrAsk} from '../stranger/trust-or-ask.ts';
import {askAtTerminal} from '../world/ask-person.ts';
import {directories, projectRoot} from '../world/directories.ts';
import {passedOver} from '../world/refuse.ts';
import type {World} from '../world/world.ts';

/** What a user says of a recorded run that is to be executed again. */
export type RecordedOptions = Pick<RunCommandOptions, 'stores' | 'jobs' | 'json' | 'sandbox' | 'trust'>;

/** A recorded run with all it was made from, laid down and planned, and a store that has or gets its bytes. */
export interface BroughtRun {
  readonly digest: Digest;
  readonly record: RunRecord2;
  readonly store: OpenStore;
  readonly pipeline: OpenPipeline;
  /** In which the stages are the recorded ones. */
  readonly world: World;
}

type Brought = Promise<Result<BroughtRun, readonly Diagnostic[]>>;

/**
 * `run` is one of one's own, by name or digest, or somebody's by its address: then it is asked whether it may run.
 * Whoever gets it closes its store; where nobody gets one, nothing stays open, nor leased.
 */
export function bringRecorded(run: string | undefined, options: RecordedOptions, world: World): Brought {
  return run !== undefined && isProjectAddress(run)
    ? bringPublished(run, options, world)
    : bringOwn(run, options, world);
}

async function bringOwn(wanted: string | undefined, {stores: words}: RecordedOptions, world: World): Brought {
  const found = ownRun(wanted, world);
  if (!found.ok) return err([found.error]);
  const {record, digest} = found.value;
  if (record.run === 1)
    return err([problem('old-record', 'this run was recorded before its source was kept', 'run it again')]);
  return inStores(words, world, async (store) => {
    const content = await contentOf(record, store.artifacts);
    if (!content.ok) return err([problem('no-source', `its source can’t be had: ${content.error}`)]);
    const profile = chosenProfile(record.pipeline.profile);
    const mine = {content: {...content.value, profile}, signed: ''};
    const {options, world: recorded} = await layDown(mine, asItWas('', words), store, world);
    const pipeline = openPipeline(options, recorded);
    return pipeline.ok ? ok({digest, record, store, pipeline: pipeline.value, world: recorded}) : pipeline;
  });
}

function ownRun(wanted: string | undefined, world: World): Result<FoundRun, Diagnostic> {
  const project = join(projectRoot(world.directory), '.repro');
  const found = findRun(project, wanted, passedOver(world));
  if (found !== undefined) return ok(found);
  const message =
    wanted === undefined ? `no run has ended yet in ${project}` : `no run is called "${wanted}"`;
  return err(
    problem('unknown-run', message, 'runs are in .repro/runs; a published one is named by its address'),
  );
}

/** What the stages of a stranger need is taken out of their publication when it is needed. */
function bringPublished(url: string, options: RecordedOptions, world: World): Brought {
  return inStores([...options.stores, 'local'], world, async (local) => {
    const published = await openToRun(url, world);
    if (!published.ok) return err([published.error]);
    const {bucket} = published.value.found;
    return orClosed(bucket, () => trusted({url, published: published.value}, local, options, world));
  });
}

interface PublishedRun {
  readonly url: string;
  readonly published: OpenPublication;
}

async function trusted(
  {url, published}: PublishedRun,
  local: OpenStore,
  options: RecordedOptions,
  world: World,
): Brought {
  const brought = await bringFromPublication(published, local, world);
  if (!brought.ok) return err([brought.error]);
  const laid = await layDown(brought.value, asItWas(url, options.stores), local, world);
  const pipeline = await trustOrAsk(laid, options, askAtTerminal(world));
  if (!pipeline.ok) return pipeline;
  const remote = openRemote(published.found.bucket);
  const store = openTiered({local, remote, access: 'read-only', warn: storeContext(world).warn});
  const {record, publication} = published.run;
  return ok({digest: publication.run.digest, record, store, pipeline: pipeline.value, world: laid.world});
}

/** With its own profile and params: a recorded run is opened as it was. */
function asItWas(file: string, stores: readonly string[]) {
  return {file, profile: undefined, overrides: [], stores};
}

async function inStores(words: readonly string[], world: World, act: (store: OpenStore) => Brought): Brought {
  const usual = directories('.', world.variables, world.directory).store;
  const choice: Result<StoreChoice, Diagnostic> = chooseStores({words, usual}, world);
  if (!choice.ok) return err([choice.error]);
  const store = await openStores(choice.value, storeContext(world));
  return orClosed(store, () => act(store));
}

async function orClosed(held: {close(): Promise<void>}, bring: () => Brought): Brought {
  let brought: Awaited<Brought> | undefined;
  try {
    brought = await bring();
    return brought;
  } finally {
    if (brought?.ok !== true) await held.close();
  }
}
