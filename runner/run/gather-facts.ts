import {join} from 'node:path';
import type {StatIndex} from '../../artifacts/files/stat-index.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import {type Diagnostic, problem} from '../../schemas/diagnostic.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {HardwareClass, HardwareFacts} from '../../schemas/hardware.ts';
import type {StageName} from '../../schemas/names.ts';
import {machineResources, type Plan, type PlannedStage} from '../../schemas/plan.ts';
import type {EnvironmentIdentity} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {environmentIdentity, type IdentityContext} from '../environments/environments.ts';
import {portableFacts} from '../hardware/cpu-facts.ts';
import {gpuFacts} from '../hardware/gpu-groups.ts';
import type {MachineGpus} from '../hardware/gpus.ts';
import {hardwareClass} from '../hardware/hardware-class.ts';
import {stageCode} from '../identity/stage-code.ts';
import {checkSource} from '../sources/check-source.ts';
import type {Facts} from './run-context.ts';

export interface FactReaders {
  readonly index: StatIndex;
  /** The stages' Python helper package. */
  readonly sdkFolder: string;
  readonly environments: IdentityContext;
  readonly cpu: HardwareFacts;
  /** None where there is no GPU, or where no stage asks for one. */
  readonly gpus: MachineGpus;
}

export interface GatheredFacts extends Facts {
  readonly gpus: MachineGpus;
  /** Of all stages of the plan, here. */
  readonly classes: readonly Digest[];
  readonly sdkTree: TreeDigest;
  codeTree(folder: string): TreeDigest;
  /** Of a stage that is not selected: it decides no key, and trouble with it stops nobody. */
  otherCode(folder: string): Result<TreeDigest, string>;
}

/**
 * Everything that decides the keys of the selected stages, read and hashed once. What is wrong with it (a
 * source that isn't what its pin says, no Python) is reported all at once, before anything runs.
 */
export async function gatherFacts(
  plan: Plan,
  selected: ReadonlySet<StageName>,
  from: FactReaders,
): Promise<Result<GatheredFacts, readonly Diagnostic[]>> {
  const problems: Diagnostic[] = [];
  const stages = plan.stages.filter((stage) => selected.has(stage.name));
  const code = gatherCode(stages, from, problems);
  const sources = gatherSources(plan, stages, from.index, problems);
  const environments = await gatherEnvironments(plan, stages, from.environments, problems);
  const sdk = stageCode(from.sdkFolder, from.index);
  if (!sdk.ok) problems.push(problem('unusable-sdk', sdk.error));
  if (problems.length > 0 || !sdk.ok) return err(problems);
  const hardware = classesOf(from);
  const codeTree = (folder: string) => given(code, folder);
  return ok({
    codeTree,
    otherCode: (folder) => {
      const known = code.get(folder);
      return known === undefined ? stageCode(folder, from.index) : ok(known);
    },
    sdkTree: sdk.value,
    sdk: sdk.value.artifact.digest,
    code: (folder) => codeTree(folder).artifact.digest,
    source: (name) => given(sources, name),
    environment: (name) => given(environments, name),
    gpus: from.gpus,
    hardware,
    classes: [...new Set(plan.stages.map(({resources}) => hardware(resources).digest))],
  });
}

/** The facts of this machine, with its GPUs where a stage asks for some. */
export function machineFacts({stages}: Plan, facts: Facts): HardwareFacts {
  return facts.hardware(machineResources(Math.max(0, ...stages.map(({resources}) => resources.gpus)))).facts;
}

/** A stage's class is that of the GPUs that it is given; of the CPU it is that of the machine. */
function classesOf({cpu, gpus}: FactReaders): Facts['hardware'] {
  const known = new Map<string, HardwareClass>();
  return (resources) => {
    const name = `${resources.gpus} ${resources.portable === true}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const own = resources.portable === true ? portableFacts(cpu) : cpu;
    const made = hardwareClass({...own, ...gpuFacts(gpus, resources.gpus)});
    known.set(name, made);
    return made;
  };
}

function given<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`nothing is known of ${name}, which no selected stage uses`);
  return value;
}

function gatherCode(stages: readonly PlannedStage[], {index}: FactReaders, problems: Diagnostic[]) {
  const code = new Map<string, TreeDigest>();
  for (const {folder, place} of stages) {
    if (code.has(folder)) continue;
    const tree = stageCode(folder, index);
    if (tree.ok) code.set(folder, tree.value);
    else problems.push({...problem('unusable-stage-folder', tree.error), place});
  }
  return code;
}

function gatherSources(
  plan: Plan,
  stages: readonly PlannedStage[],
  index: StatIndex,
  problems: Diagnostic[],
) {
  const artifacts = new Map<string, Artifact>();
  for (const name of sourcesOf(stages)) {
    const source = plan.sources.get(name);
    if (source === undefined) continue;
    const checked = checkSource(source, index);
    if (!checked.ok) problems.push(checked.error);
    else if (checked.value.state === 'here') artifacts.set(name, checked.value.artifact);
    else artifacts.set(name, placeholder(source.type, checked.value.digest));
  }
  return artifacts;
}

/** For a key its digest is enough; size and files are known once it is brought. */
function placeholder(type: 'blob' | 'tree', digest: Artifact['digest']): Artifact {
  return type === 'blob' ? {type, digest, size: 0} : {type, digest, size: 0, files: 0};
}

function sourcesOf(stages: readonly PlannedStage[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const stage of stages) {
    for (const binding of stage.inputs.values()) {
      const inputs = binding.from === 'many' ? binding.members.map(({input}) => input) : [binding];
      for (const input of inputs) if (input.from === 'source') names.add(input.source);
    }
  }
  return names;
}

async function gatherEnvironments(
  plan: Plan,
  stages: readonly PlannedStage[],
  context: IdentityContext,
  problems: Diagnostic[],
): Promise<ReadonlyMap<string, EnvironmentIdentity>> {
  const identities = new Map<string, EnvironmentIdentity>();
  for (const name of new Set(stages.map(({environment}) => environment))) {
    const planned = plan.environments.get(name);
    if (planned === undefined) continue;
    const identity = await environmentIdentity(planned, context);
    if (identity.ok) identities.set(name, identity.value);
    else problems.push(problem(identity.error.code, identity.error.message, identity.error.help));
  }
  return identities;
}

export function sdkFolder(stagesDirectory: string): string {
  return join(stagesDirectory, '_sdk');
}
