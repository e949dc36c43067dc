import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type CheckedOut, checkOutProject} from '../../stranger/check-out.ts';
import type {PipelineOptions, RunCommandOptions} from '../pipeline/pipeline-options.ts';
import {openLocalStore} from '../stores/open-local-store.ts';
import {type AskPerson, askAtTerminal} from '../world/ask-person.ts';
import {directories} from '../world/directories.ts';
import {bucketDiagnostic, bucketTrouble} from '../world/refuse-bucket.ts';
import type {World} from '../world/world.ts';
import {bringInputs} from './bring-inputs.ts';
import {type BroughtProject, bringProject} from './bring-project.ts';
import {type OpenStranger, trustOrAsk} from './trust-or-ask.ts';

/** A stranger's pipeline as one that can be run: fetched, verified, laid down, and trusted by whoever asks. */
export async function openStranger(
  options: RunCommandOptions,
  world: World,
  ask: AskPerson = askAtTerminal(world),
): Promise<Result<OpenStranger, readonly Diagnostic[]>> {
  const laid = await layDownProject(options, world);
  if (!laid.ok) return err([laid.error]);
  const trusted = await trustOrAsk(laid.value.guest, laid.value.opened, options, world, ask);
  if (!trusted.ok) return trusted;
  const inputs = await bringInputs(laid.value.guest, options, world);
  return inputs.ok ? ok(laid.value.opened) : err([inputs.error]);
}

export interface LaidDown<T extends PipelineOptions> {
  readonly guest: BroughtProject;
  readonly opened: OpenStranger<T>;
}

/** Fetched, verified and laid down, for reading: planning it runs nothing, so it needs no trust. */
export async function layDownProject<T extends PipelineOptions>(
  options: T,
  world: World,
): Promise<Result<LaidDown<T>, Diagnostic>> {
  const store = await openLocalStore(options.stores, world);
  if (!store.ok) return store;
  try {
    const guest = await bringProject(options.file, store.value, world);
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
  {content}: BroughtProject,
  options: T,
  store: OpenStore,
  world: World,
): Promise<OpenStranger<T>> {
  const folder = {directory: strangerFolder(world), store: store.artifacts, owner: world.owner};
  const {project, stages}: CheckedOut = await checkOutProject(content, folder);
  const file = join(project, content.file);
  const profile = options.profile ?? content.profile;
  const overrides = [...content.overrides, ...options.overrides];
  return {options: {...options, file, profile, overrides}, world: {...world, guest: {stages}}};
}

export function strangerFolder({variables, directory}: World): string {
  return join(directories('.', variables, directory).environments, '..', 'guests');
}
