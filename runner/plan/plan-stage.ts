import type {StageName} from '../../schemas/names.ts';
import type {InputBinding, ParamBinding, PlannedStage} from '../../schemas/plan.ts';
import {positionOf} from '../load/text-file.ts';
import {childOf, entriesOf} from '../load/yaml-node.ts';
import {planCommand} from './command.ts';
import type {LoadedContract} from './contract.ts';
import {outputsOf, valuesOf} from './declared-outputs.ts';
import {planEnvironmentName} from './plan-environments.ts';
import {planInputs} from './plan-inputs.ts';
import {planParams} from './plan-params.ts';
import {planResources} from './plan-resources.ts';
import {planVariables} from './plan-variables.ts';
import type {Planner, Reader} from './planner.ts';
import {constant} from './resolve.ts';
import type {StageInstance} from './scope.ts';

/** One stage with everything it refers to found, typed and checked. Always a stage: `problems` says if it is sound. */
export function planStage(planner: Planner, stage: StageInstance, loaded: LoadedContract): PlannedStage {
  const {contract, kind, folder} = loaded;
  const {definition, name} = stage;
  checkDeclarations(planner, stage, loaded);
  const reader = readerOf(stage, loaded);
  const params = planParams(planner, stage, loaded, reader);
  const inputs = planInputs(planner, stage, loaded, reader);
  const seed = planSeed(planner, stage, loaded, reader);
  return {
    name,
    kind,
    folder,
    command: planCommand(contract, params, seed),
    params,
    inputs,
    outputs: outputsOf(stage),
    values: valuesOf(stage),
    seed,
    environment: planEnvironmentName(planner, stage, reader),
    variables: planVariables(planner, stage, reader),
    determinism: definition.determinism ?? contract.determinism,
    reuse: definition.reuse ?? contract.reuse,
    network: definition.network ?? contract.network,
    resources: planResources(planner, stage, reader),
    retries: definition.retries ?? 0,
    live: contract.live,
    ...rolloutsFrom(loaded),
    ...(contract.trace !== undefined && {trace: contract.trace}),
    dependsOn: dependencies(params, inputs),
    place: positionOf(stage.entry.key),
  };
}

/** An optional input of recorded states: only a training that draws rollouts has use for one. */
function rolloutsFrom({contract}: LoadedContract): Pick<PlannedStage, 'rolloutsFrom'> {
  const found = Object.entries(contract.inputs).find(
    ([, {kind, optional}]) => optional && kind === 'boundaries',
  );
  return found === undefined ? {} : {rolloutsFrom: found[0]};
}

function readerOf(stage: StageInstance, {contract}: LoadedContract): Reader {
  const given = contract.open ? Object.keys(stage.definition.inputs ?? {}) : [];
  return {
    who: `stage "${stage.written}"`,
    inputs: new Set([...Object.keys(contract.inputs), ...given]),
    outputs: new Set(outputsOf(stage).keys()),
  };
}

/** Only an open kind lets the pipeline declare what a stage gives, and not what the kind declares already. */
function checkDeclarations(planner: Planner, stage: StageInstance, {contract, kind}: LoadedContract): void {
  for (const section of ['outputs', 'values'] as const) {
    const declared = Object.keys(contract[section]);
    for (const [name, {key}] of entriesOf(childOf(stage.entry.value, section))) {
      if (contract.open && !declared.includes(name)) continue;
      planner.problems.report({
        code: 'closed-kind',
        message: contract.open
          ? `${kind} declares \`${name}\` already`
          : `stage "${stage.written}" declares ${section}, but those of ${kind} are fixed`,
        at: key,
        help: contract.open ? 'choose another name' : `remove it, or use an open kind such as \`command\``,
      });
    }
  }
}

function planSeed(planner: Planner, stage: StageInstance, {contract, kind}: LoadedContract, reader: Reader) {
  const node = childOf(stage.entry.value, 'seed');
  if (!node) return contract.seed ? planner.document.seed : undefined;
  if (!contract.seed) {
    const message = `stage "${stage.written}" sets a seed, but ${kind} takes none`;
    planner.problems.report({code: 'seed-not-taken', message, at: node.span, help: 'remove the line'});
    return undefined;
  }
  const seed = constant(planner, node, {scope: stage.scope, reader, where: 'as `seed`'});
  if (typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  if (seed !== undefined) {
    const message = `the seed of stage "${stage.written}" is a whole number from 0 to 4294967295`;
    planner.problems.report({code: 'wrong-type', message, at: node.span, help: 'write seed: 42'});
  }
  return planner.document.seed;
}

/** In order of first use, each once. */
function dependencies(
  params: ReadonlyMap<string, ParamBinding>,
  inputs: ReadonlyMap<string, InputBinding>,
): readonly StageName[] {
  const names = new Set<StageName>();
  for (const input of inputs.values()) {
    const singles = input.from === 'many' ? input.members.map((member) => member.input) : [input];
    for (const single of singles) if (single.from === 'stage') names.add(single.stage);
  }
  for (const param of params.values()) if (param.from === 'value') names.add(param.stage);
  return [...names];
}
