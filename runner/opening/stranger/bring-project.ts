import {mkdirSync} from 'node:fs';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {FetchError} from '../../sources/fetch-error.ts';
import {bringFetched} from '../../stranger/fetched-project.ts';
import type {StrangerContent} from '../../stranger/project-content.ts';
import {bringPublished} from '../../stranger/published-project.ts';
import {bytesText} from '../../words/quantity-text.ts';
import {scratchFolder} from '../pipeline/run-session.ts';
import type {OpenPublication} from '../published/open-publication.ts';
import {chosenProfile} from '../published/plan-published.ts';
import {byteProgress} from '../world/byte-progress.ts';
import type {World} from '../world/world.ts';
import type {ElsewhereAddress, FoundProject} from './find-project.ts';

/** A stranger's pipeline in the local store, and what is known of who it is from. */
export interface BroughtProject {
  readonly content: StrangerContent;
  /** In words. */
  readonly signed: string;
}

type Brought = Promise<Result<BroughtProject, Diagnostic>>;

export function bringProject(found: FoundProject, store: OpenStore, world: World): Brought {
  return found.from === 'publication'
    ? bringFromPublication(found.publication, store, world)
    : bringFromElsewhere(found.address, store, world);
}

/** Its source into the local store, every byte checked. */
export async function bringFromPublication(
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
    return ok({content: {...brought.value, profile}, signed});
  } finally {
    progress.end();
  }
}

async function bringFromElsewhere(address: ElsewhereAddress, store: OpenStore, world: World): Brought {
  const scratch = scratchFolder(store.layout);
  mkdirSync(scratch, {recursive: true, mode: 0o700});
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  const {owner, isAlive, now, variables} = world;
  const options = {store: store.artifacts, scratch, owner, isAlive, now, variables, signal: stop.signal};
  try {
    const content = await bringFetched(address, options);
    if (!content.ok) return err(problem('bad-guest', content.error));
    return ok({content: content.value, signed: 'signed by nobody: it is what its address says, to the byte'});
  } catch (error) {
    if (error instanceof FetchError) return err(problem('unfetched-source', error.message, error.help));
    throw error;
  } finally {
    forget();
  }
}
