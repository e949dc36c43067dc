import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {StatIndex} from '../../../artifacts/files/stat-index.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import type {StageName} from '../../../schemas/names.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {cpuFacts, describeCpu, readCpuinfo} from '../../hardware/cpu-facts.ts';
import {NO_GPUS, readGpus} from '../../hardware/gpus.ts';
import {rememberingFiles} from '../../load/file-reader.ts';
import {loadPlan} from '../../plan/load-plan.ts';
import {type GatheredFacts, gatherFacts, sdkFolder} from '../../run/gather-facts.ts';
import {chooseStores, type StoreChoice} from '../../stores/choose-stores.ts';
import {type Directories, directories} from '../world/directories.ts';
import type {World} from '../world/world.ts';
import type {PipelineOptions} from './pipeline-options.ts';

/** A pipeline that may be planned: valid, and with a place on disk. */
export interface OpenPipeline {
  readonly plan: Plan;
  /** The bytes that the plan was made from, by path: pipeline, includes, contracts. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly warnings: readonly Diagnostic[];
  readonly directories: Directories;
  readonly stores: StoreChoice;
}

export function openPipeline(
  options: PipelineOptions,
  world: World,
): Result<OpenPipeline, readonly Diagnostic[]> {
  const files = rememberingFiles();
  const loaded = loadPlan({
    files,
    file: resolve(world.directory, options.file),
    profile: options.profile,
    overrides: options.overrides,
    stagesDirectory: stagesDirectory(world),
  });
  if (!loaded.ok) return loaded;
  const places = directories(options.file, world.variables, world.directory);
  const wishes = {words: options.stores, alias: loaded.value.plan.store, usual: places.store};
  const stores = chooseStores(wishes, world);
  if (!stores.ok) return err([stores.error]);
  const warnings = [...loaded.value.warnings, ...stores.value.warnings];
  return ok({...loaded.value, warnings, texts: files.texts, directories: places, stores: stores.value});
}

/** What the selected stages' keys depend on, read and hashed. */
export async function readFacts(
  {plan, directories: {project, environments}}: OpenPipeline,
  selected: ReadonlySet<StageName>,
  world: World,
): Promise<Result<GatheredFacts, readonly Diagnostic[]>> {
  const path = world.variables.PATH ?? '';
  const index = StatIndex.load(join(project, 'stat-index'));
  const usesGpus = plan.stages.some((stage) => selected.has(stage.name) && stage.resources.gpus > 0);
  const facts = await gatherFacts(plan, selected, {
    index,
    sdkFolder: sdkFolder(stagesDirectory(world)),
    environments: environmentContext(environments, world),
    cpu: cpuFacts(describeCpu(world.machine.architecture, readCpuinfo()), world.machine.libc),
    gpus: usesGpus ? await readGpus({path, variables: world.variables}) : NO_GPUS,
  });
  mkdirSync(project, {recursive: true});
  index.save();
  return facts.ok ? facts : err(facts.error);
}

export function environmentContext(directory: string, {variables, owner, stranger, installation}: World) {
  return {
    directory,
    owner,
    path: variables.PATH ?? '',
    variables,
    origin: stranger === undefined ? ('own' as const) : ('stranger' as const),
    programs: join(installation, 'runner', 'environments'),
  };
}

/** repro's own, or those that a stranger published with the run. */
export function stagesDirectory({installation, stranger}: World): string {
  return stranger?.stages ?? join(installation, 'stages');
}
