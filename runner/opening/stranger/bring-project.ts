import {mkdirSync} from 'node:fs';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {FetchError} from '../../sources/fetch-error.ts';
import {bringFetched} from '../../stranger/fetched-project.ts';
import {type ProjectAddress, parseProjectAddress} from '../../stranger/project-address.ts';
import type {StrangerContent} from '../../stranger/project-content.ts';
import {bringPublished} from '../../stranger/published-project.ts';
import {bytesText} from '../../words/quantity-text.ts';
import {scratchFolder} from '../pipeline/run-session.ts';
import {chooseKeys} from '../published/choose-keys.ts';
import {type OpenPublication, openPublication} from '../published/open-publication.ts';
import {chosenProfile} from '../published/plan-published.ts';
import {byteProgress} from '../world/byte-progress.ts';
import type {World} from '../world/world.ts';

/** A stranger's pipeline in the local store, and what is known of who it is from. */
export interface BroughtProject {
  readonly content: StrangerContent;
  /** In words. */
  readonly signed: string;
  /** Of a published run: what it read may be fetched out of its bucket, too. */
  readonly record?: RunRecord2;
}

type Brought = Promise<Result<BroughtProject, Diagnostic>>;

export async function bringProject(text: string, store: OpenStore, world: World): Brought {
  const place = parseProjectAddress(text);
  if (!place.ok)
    return err(problem('not-a-guest', `"${text}" does not say to the byte what to run`, place.error));
  if (place.value.from !== 'publication') return fetched(place.value, store, world);
  const opened = await openToRun(place.value.url, world);
  if (!opened.ok) return opened;
  try {
    return await bringOpened(opened.value, store, world);
  } finally {
    await opened.value.found.bucket.close();
  }
}

/** A publication whose code may be run: signed by a key that this user chose, or at least by the one that it names. */
export async function openToRun(url: string, world: World): Promise<Result<OpenPublication, Diagnostic>> {
  const keys = chooseKeys([], world);
  if (!keys.ok) return keys;
  const help = 'don’t run it; ask its author for their key, then: repro keys trust KEY';
  return openPublication(url, {keys: keys.value, unsigned: false, help}, world);
}

/** Its source into the local store, every byte checked. */
export async function bringOpened(
  {found, run, signer}: OpenPublication,
  store: OpenStore,
  world: World,
): Brought {
  const words = ({bytes, totalBytes}: TransferProgress) =>
    `fetching ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
  const progress = byteProgress(world, words);
  try {
    const {record, publication} = run;
    const brought = await bringPublished(record, openRemote(found.bucket), store, {
      onProgress: progress.show,
    });
    if (!brought.ok) return err(problem('no-source', `its source can’t be had: ${brought.error}`));
    const profile = chosenProfile(record.pipeline.profile);
    const who = publication.authors.map(({name}) => name).join(', ');
    const signed = `${signer.words}; says that it is by ${who}, signer ${publication.signer.slice(0, 16)}`;
    return ok({content: {...brought.value, profile}, signed, record});
  } finally {
    progress.end();
  }
}

async function fetched(
  place: Exclude<ProjectAddress, {from: 'publication'}>,
  store: OpenStore,
  world: World,
): Brought {
  const scratch = scratchFolder(store.layout);
  mkdirSync(scratch, {recursive: true, mode: 0o700});
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  const {owner, isAlive, now, variables} = world;
  const options = {store: store.artifacts, scratch, owner, isAlive, now, variables, signal: stop.signal};
  try {
    const content = await bringFetched(place, options);
    if (!content.ok) return err(problem('bad-guest', content.error));
    return ok({content: content.value, signed: 'signed by nobody: it is what its address says, to the byte'});
  } catch (error) {
    if (error instanceof FetchError) return err(problem('unfetched-source', error.message, error.help));
    throw error;
  } finally {
    forget();
  }
}
