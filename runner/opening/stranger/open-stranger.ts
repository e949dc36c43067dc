import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type CheckedOut, checkOut} from '../../stranger/check-out.ts';
import type {PipelineOptions, RunCommandOptions} from '../pipeline/pipeline-options.ts';
import {openLocalStore} from '../stores/open-local-store.ts';
import {type AskPerson, askAtTerminal} from '../world/ask-person.ts';
import {directories} from '../world/directories.ts';
import {bucketDiagnostic, bucketTrouble} from '../world/refuse-bucket.ts';
import type {World} from '../world/world.ts';
import {bringInputs} from './bring-inputs.ts';
import {type BroughtGuest, bringGuest} from './bring-project.ts';
import {mayRun, type OpenGuest} from './trust-or-ask.ts';

/** A stranger's pipeline as one that can be run: fetched, verified, laid down, and trusted by whoever asks. */
export async function openGuest(
  options: RunCommandOptions,
  world: World,
  ask: AskPerson = askAtTerminal(world),
): Promise<Result<OpenGuest, readonly Diagnostic[]>> {
  const laid = await layDownGuest(options, world);
  if (!laid.ok) return err([laid.error]);
  const trusted = await mayRun(laid.value.guest, laid.value.opened, options, world, ask);
  if (!trusted.ok) return trusted;
  const inputs = await bringInputs(laid.value.guest, options, world);
  return inputs.ok ? ok(laid.value.opened) : err([inputs.error]);
}

export interface LaidDown<T extends PipelineOptions> {
  readonly guest: BroughtGuest;
  readonly opened: OpenGuest<T>;
}

/** Fetched, verified and laid down, for reading: planning it runs nothing, so it needs no trust. */
export async function layDownGuest<T extends PipelineOptions>(
  options: T,
  world: World,
): Promise<Result<LaidDown<T>, Diagnostic>> {
  const store = await openLocalStore(options.stores, world);
  if (!store.ok) return store;
  try {
    const guest = await bringGuest(options.file, store.value, world);
    if (!guest.ok) return guest;
    return ok({guest: guest.value, opened: await asProject(guest.value, options, store.value, world)});
  } catch (error) {
    // Told as `pull` and `audit` tell it: no store of one's own has failed.
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return err(bucketDiagnostic(trouble));
  } finally {
    await store.value.close();
  }
}

async function asProject<T extends PipelineOptions>(
  {content}: BroughtGuest,
  options: T,
  store: OpenStore,
  world: World,
): Promise<OpenGuest<T>> {
  const room = {directory: guestRoom(world), store: store.artifacts, owner: world.owner};
  const {project, stages}: CheckedOut = await checkOut(content, room);
  const file = join(project, content.file);
  const profile = options.profile ?? content.profile;
  const overrides = [...content.overrides, ...options.overrides];
  return {options: {...options, file, profile, overrides}, world: {...world, guest: {stages}}};
}

export function guestRoom({variables, directory}: World): string {
  return join(directories('.', variables, directory).environments, '..', 'guests');
}
