import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {OpenPipeline} from '../pipeline/open-pipeline.ts';
import type {PipelineOptions, RunCommandOptions} from '../pipeline/pipeline-options.ts';
import {openLocalStore} from '../stores/open-local-store.ts';
import {type AskPerson, askAtTerminal} from '../world/ask-person.ts';
import {bucketDiagnostic, bucketTrouble} from '../world/refuse-bucket.ts';
import type {World} from '../world/world.ts';
import {bringInputs} from './bring-inputs.ts';
import {bringProject} from './bring-project.ts';
import {closeProject, type FoundProject, findProject} from './find-project.ts';
import {type LaidDownProject, layDown} from './lay-down.ts';
import {trustOrAsk} from './trust-or-ask.ts';

/** A stranger's project that may be run: planned, as it was trusted. Whoever gets it closes its store. */
export interface OpenStranger extends LaidDownProject {
  readonly pipeline: OpenPipeline;
  /** In which its code and inputs are. */
  readonly store: OpenStore;
}

type Wishes = PipelineOptions & Pick<RunCommandOptions, 'trust' | 'sandbox'>;

/** A stranger's pipeline as one that can be run: fetched, verified, laid down, and trusted by whoever asks. */
export function openStranger(
  options: Wishes,
  world: World,
  ask: AskPerson = askAtTerminal(world),
): Promise<Result<OpenStranger, readonly Diagnostic[]>> {
  return withProject(options, world, async (found, store) => {
    const laid = await bringAndLayDown(found, store, options, world);
    if (!laid.ok) return err([laid.error]);
    const pipeline = await trustOrAsk(laid.value, options, ask);
    if (!pipeline.ok) return pipeline;
    const inputs = await bringInputs(found, store, world);
    return inputs.ok ? ok({...laid.value, pipeline: pipeline.value, store}) : err([inputs.error]);
  });
}

/** Fetched, verified and laid down, for reading: planning it runs nothing, so it needs no trust. */
export function layDownStranger(
  options: PipelineOptions,
  world: World,
): Promise<Result<LaidDownProject, readonly Diagnostic[]>> {
  return withProject(options, world, async (found, store) => {
    const laid = await bringAndLayDown(found, store, options, world);
    if (!laid.ok) return err([laid.error]);
    await store.close();
    return laid;
  });
}

async function bringAndLayDown(
  found: FoundProject,
  store: OpenStore,
  options: PipelineOptions,
  world: World,
): Promise<Result<LaidDownProject, Diagnostic>> {
  const brought = await bringProject(found, store, world);
  return brought.ok ? ok(await layDown(brought.value, options, store, world)) : brought;
}

type Outcome<T> = Promise<Result<T, readonly Diagnostic[]>>;

/** The store and the project's address are opened once. The address is closed whatever comes of it, the store where nothing does. */
async function withProject<T>(
  {file: address, stores}: PipelineOptions,
  world: World,
  act: (found: FoundProject, store: OpenStore) => Outcome<T>,
): Outcome<T> {
  const store = await openLocalStore(stores, world);
  if (!store.ok) return err([store.error]);
  let outcome: Awaited<Outcome<T>> | undefined;
  try {
    const found = await findProject(address, world);
    if (!found.ok) return err([found.error]);
    try {
      outcome = await act(found.value, store.value);
      return outcome;
    } finally {
      await closeProject(found.value);
    }
  } catch (error) {
    // Told as `pull` and `audit` tell it: no store of one's own has failed.
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return err([bucketDiagnostic(trouble)]);
  } finally {
    if (outcome?.ok !== true) await store.value.close();
  }
}
