import {mkdirSync} from 'node:fs';
import type {OpenStore} from '../../artifacts/open-store.ts';
import {openRemote} from '../../artifacts/remote/open-remote.ts';
import type {TransferProgress} from '../../artifacts/remote/transfer.ts';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import type {DiagnosticCode} from '../../schemas/diagnostic-code.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {checkSignature} from '../audit/check-signature.ts';
import {readBundle} from '../audit/read-bundle.ts';
import {type PublishedRun, readPublished} from '../audit/read-published.ts';
import {seenIn} from '../audit/seen.ts';
import {bringFetched} from '../guest/fetched-guest.ts';
import type {GuestContent} from '../guest/guest-content.ts';
import {type GuestPlace, parseGuestPlace} from '../guest/guest-place.ts';
import {bringPublished} from '../guest/published-guest.ts';
import {bytesText} from '../report/quantity-text.ts';
import {FetchError} from '../sources/fetch-error.ts';
import {byteProgress} from './byte-progress.ts';
import {chooseKeys} from './choose-keys.ts';
import {type FoundPublication, findPublication} from './find-publication.ts';
import {chosenProfile} from './plan-published.ts';
import {scratchRoom} from './run-session.ts';
import {seenPath} from './seen-path.ts';
import type {World} from './world.ts';

/** A stranger's pipeline in the local store, and what is known of who it is from. */
export interface BroughtGuest {
  readonly content: GuestContent;
  /** In words. */
  readonly signed: string;
  /** Of a published run: what it read may be fetched out of its bucket, too. */
  readonly record?: RunRecord2;
}

type Brought = Promise<Result<BroughtGuest, Diagnostic>>;

export async function bringGuest(text: string, store: OpenStore, world: World): Brought {
  const place = parseGuestPlace(text);
  if (!place.ok)
    return err(trouble('not-a-guest', `"${text}" does not say to the byte what to run`, place.error));
  if (place.value.from !== 'publication') return fetched(place.value, store, world);
  const found = await findPublication(place.value.url, world);
  if (!found.ok) return found;
  try {
    return await published(found.value, store, world);
  } finally {
    await found.value.bucket.close();
  }
}

async function published(found: FoundPublication, store: OpenStore, world: World): Brought {
  const run = await readPublished({...found, memory: seenIn(seenPath(world))});
  if (!run.ok) return err(trouble('no-publication', run.error));
  const signed = await signedBy(found, run.value, world);
  if (!signed.ok) return signed;
  const words = ({bytes, totalBytes}: TransferProgress) =>
    `fetching ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
  const progress = byteProgress(world, words);
  try {
    const {record} = run.value;
    const brought = await bringPublished(record, openRemote(found.bucket), store, {
      onProgress: progress.show,
    });
    if (!brought.ok) return err(trouble('no-source', `its source can’t be had: ${brought.error}`));
    const profile = chosenProfile(record.pipeline.profile);
    return ok({content: {...brought.value, profile}, signed: signed.value, record});
  } finally {
    progress.end();
  }
}

/** Words for people; an error when a key that they chose says that it is not theirs. */
async function signedBy(
  {bucket}: FoundPublication,
  {digest, publication}: PublishedRun,
  world: World,
): Promise<Result<string, Diagnostic>> {
  const keys = chooseKeys([], world);
  if (!keys.ok) return keys;
  const bundle = await readBundle(bucket, digest);
  if (!bundle.ok) return err(trouble('bad-signature', bundle.error));
  const signed = {digest, publication, envelopes: bundle.value};
  const {row} = await checkSignature(signed, keys.value, world.variables);
  if (row.state === 'fail') return err(trouble('bad-signature', row.why, 'don’t run it; tell its author'));
  const who = publication.authors.map(({name}) => name).join(', ');
  const by = `says that it is by ${who}, signer ${publication.signer.slice(0, 16)}`;
  return ok(row.state === 'pass' ? `${row.why}; ${by}` : `${by}: not checked, for ${row.why}`);
}

async function fetched(
  place: Exclude<GuestPlace, {from: 'publication'}>,
  store: OpenStore,
  world: World,
): Brought {
  const scratch = scratchRoom(store.layout);
  mkdirSync(scratch, {recursive: true, mode: 0o700});
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  const {owner, isAlive, now, variables} = world;
  const options = {store: store.artifacts, scratch, owner, isAlive, now, variables, signal: stop.signal};
  try {
    const content = await bringFetched(place, options);
    if (!content.ok) return err(trouble('bad-guest', content.error));
    return ok({content: content.value, signed: 'signed by nobody: it is what its address says, to the byte'});
  } catch (error) {
    if (error instanceof FetchError) return err(trouble('unfetched-source', error.message, error.help));
    throw error;
  } finally {
    forget();
  }
}

function trouble(code: DiagnosticCode, message: string, help?: string): Diagnostic {
  return {severity: 'error', code, message, ...(help !== undefined && {help})};
}
