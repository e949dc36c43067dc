import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {openTiered} from '../../../artifacts/tiered/open-tiered.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {findRun} from '../../run/find-run.ts';
import {chooseStores} from '../../stores/choose-stores.ts';
import {openStores} from '../../stores/open-stores.ts';
import {checkOutProject} from '../../stranger/check-out.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import type {StrangerContent} from '../../stranger/project-content.ts';
import {contentOf} from '../../stranger/published-project.ts';
import type {RunCommandOptions} from '../pipeline/pipeline-options.ts';
import type {OpenPublication} from '../published/open-publication.ts';
import {chosenProfile} from '../published/plan-published.ts';
import {storeContext} from '../stores/store-context.ts';
import {type BroughtProject, bringOpened, openToRun} from '../stranger/bring-project.ts';
import {strangerFolder} from '../stranger/open-stranger.ts';
import {trustOrAsk} from '../stranger/trust-or-ask.ts';
import {askAtTerminal} from '../world/ask-person.ts';
import {directories, projectRoot} from '../world/directories.ts';
import {passedOver} from '../world/refuse.ts';
import type {World} from '../world/world.ts';

/** A recorded run with all it was made from, laid down as a project, and a store that has or gets its bytes. */
export interface RecordedProject {
  readonly run: Digest;
  readonly record: RunRecord2;
  readonly store: OpenStore;
  /** Of the laid-down project: its file, profile and params as they were. */
  readonly options: RunCommandOptions;
  /** In which the stages are the recorded ones. */
  readonly world: World;
}

type Opened = Promise<Result<RecordedProject, readonly Diagnostic[]>>;

/** `run` is one of one's own, by name or digest, or somebody's by its address: then it is asked whether it may run. */
export function openRecordedProject(
  run: string | undefined,
  options: RunCommandOptions,
  world: World,
): Opened {
  return run !== undefined && isProjectAddress(run)
    ? openPublished(run, options, world)
    : openOwn(run, options, world);
}

async function openOwn(wanted: string | undefined, options: RunCommandOptions, world: World): Opened {
  const project = join(projectRoot(world.directory), '.repro');
  const found = findRun(project, wanted, passedOver(world));
  if (found === undefined) {
    const message =
      wanted === undefined ? `no run has ended yet in ${project}` : `no run is called "${wanted}"`;
    return err([
      problem('unknown-run', message, 'runs are in .repro/runs; a published one is named by its address'),
    ]);
  }
  const {record, digest} = found;
  if (record.run === 1)
    return err([problem('old-record', 'this run was recorded before its source was kept', 'run it again')]);
  const usual = directories('.', world.variables, world.directory).store;
  const stores = chooseStores({words: options.stores, usual}, world);
  if (!stores.ok) return err([stores.error]);
  const store = await openStores(stores.value, storeContext(world));
  return orClosed(store, async () => {
    const content = await contentOf(record, store.artifacts);
    if (!content.ok) return err([problem('no-source', `its source can’t be had: ${content.error}`)]);
    const profile = chosenProfile(record.pipeline.profile);
    const opened = await laidDown({...content.value, profile}, options, store, world);
    return ok({run: digest, record, store, ...opened});
  });
}

/** Whoever gets a recorded project closes its store; where nobody gets one, nothing stays open, nor leased. */
async function orClosed(held: {close(): Promise<void>}, open: () => Opened): Opened {
  let opened: Awaited<Opened> | undefined;
  try {
    opened = await open();
    return opened;
  } finally {
    if (opened?.ok !== true) await held.close();
  }
}

/** What the stages of a stranger need is taken out of their publication when it is needed. */
async function openPublished(url: string, options: RunCommandOptions, world: World): Opened {
  const usual = directories('.', world.variables, world.directory).store;
  const stores = chooseStores({words: [...options.stores, 'local'], usual}, world);
  if (!stores.ok) return err([stores.error]);
  const local = await openStores(stores.value, storeContext(world));
  return orClosed(local, async () => {
    const published = await openToRun(url, world);
    if (!published.ok) return err([published.error]);
    const read = published.value;
    return orClosed(read.found.bucket, () => bringPublished({url, local, read}, options, world));
  });
}

interface ReadPublication {
  readonly url: string;
  readonly local: OpenStore;
  readonly read: OpenPublication;
}

async function bringPublished(
  {url, local, read}: ReadPublication,
  options: RunCommandOptions,
  world: World,
): Opened {
  const {found, run} = read;
  const guest = await bringOpened(read, local, world);
  if (!guest.ok) return err([guest.error]);
  const {record, publication} = run;
  const remote = openRemote(found.bucket);
  const {warn} = storeContext(world);
  const store = openTiered({local, remote, access: 'read-only', warn});
  const opened = await laidDown(guest.value.content, {...options, file: url}, store, world);
  const trusted = await trustOrAsk(
    guest.value satisfies BroughtProject,
    opened,
    {...options, file: url},
    world,
    askAtTerminal(world),
  );
  return trusted.ok ? ok({run: publication.run.digest, record, store, ...opened}) : trusted;
}

async function laidDown(
  content: StrangerContent,
  options: RunCommandOptions,
  store: OpenStore,
  world: World,
) {
  const room = {directory: strangerFolder(world), store: store.artifacts, owner: world.owner};
  const {project, stages} = await checkOutProject(content, room);
  return {
    options: {
      ...options,
      file: join(project, content.file),
      profile: content.profile,
      overrides: content.overrides,
    },
    world: {...world, guest: {stages}},
  };
}
