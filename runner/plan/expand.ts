import {type StageName, stageName} from '../../schemas/names.ts';
import type {StageDefinition} from '../../schemas/pipeline-stage.ts';
import type {Problem} from '../load/problems.ts';
import {childOf, entriesOf, type YamlNode} from '../load/yaml-node.ts';
import {combinationsOf} from './matrix.ts';
import type {Planner} from './planner.ts';
import {constant} from './resolve.ts';
import {
  type ChainInstance,
  type Instance,
  innerScope,
  type Member,
  type Round,
  type Scope,
  type StageInstance,
} from './scope.ts';
import {formProblem, type WrittenStage} from './stage-form.ts';

export interface Expanded {
  readonly stages: readonly StageInstance[];
  readonly chains: readonly ChainInstance[];
}

/** More is a mistake in a matrix, and would fill the memory before anyone could say so. */
const MOST_STAGES = 100_000;

/** Chains into rounds and matrices into combinations: every stage that will run, in document order. */
export function expand(planner: Planner): Expanded {
  const expansion: Expansion = {planner, stages: [], chains: []};
  const scope = innerScope(undefined, {broken: planner.document.stages.broken});
  const entries = entriesOf(childOf(planner.document.root, 'stages'));
  const siblings = [...entries.keys()];
  for (const [name, {definition}] of planner.document.stages.entries) {
    const entry = entries.get(name);
    if (entry) addMember(expansion, {name, definition, entry, scope, prefix: '', around: '', siblings});
  }
  if (expansion.stages.length <= MOST_STAGES) return expansion;
  planner.problems.report(tooMany(planner));
  return {stages: [], chains: []};
}

interface Expansion {
  readonly planner: Planner;
  readonly stages: StageInstance[];
  readonly chains: ChainInstance[];
}

/** One entry of a `stages` map and where it stands. */
interface Site extends WrittenStage {
  readonly scope: Scope;
  /** Of the instances' names: `rl.2.` */
  readonly prefix: string;
}

function addMember(expansion: Expansion, site: Site): void {
  const {name, definition, entry, scope} = site;
  const objection = formProblem(site);
  if (objection) expansion.planner.problems.report({...objection, at: objection.at ?? entry.key});
  const axes = Object.keys(definition.matrix ?? {}).sort();
  const instances = new Map<string, Instance>();
  const member: Member = {name, axes, instances};
  scope.members.set(name, member);
  for (const {labels, values} of combinationsOf(expansion.planner, {
    node: entry.value,
    axes,
    scope,
    written: site.around + name,
  })) {
    if (expansion.stages.length > MOST_STAGES) return;
    const own = axes.length === 0 ? scope : innerScope(scope, {matrix: values});
    const full = site.prefix + name + (axes.length === 0 ? '' : `[${labels.join(',')}]`);
    const instance = objection ? undefined : instanceOf(expansion, site, own, stageName(full));
    instances.set(labels.join(','), instance ?? {is: 'stage', ...brokenStage(site, own, stageName(full))});
  }
}

/** Stands in, so that references to it are not wrong too. */
function brokenStage({around, name, definition, entry}: Site, scope: Scope, full: StageName) {
  return {name: full, written: around + name, definition, entry, scope, contract: undefined};
}

function instanceOf(expansion: Expansion, site: Site, scope: Scope, name: StageName): Instance {
  const {definition, entry} = site;
  const written = site.around + site.name;
  if (definition.chain) return chainOf(expansion, {...site, scope}, name, written);
  if (definition.stages) {
    const inner = innerScope(scope);
    const members = {definitions: definition.stages, node: childOf(entry.value, 'stages')};
    addMembers(expansion, members, {scope: inner, prefix: `${name}.`, around: `${written}.`});
    return {is: 'group', written, scope: inner};
  }
  const uses = childOf(entry.value, 'uses');
  const contract = expansion.planner.contracts.of(definition.uses ?? '', uses?.span ?? entry.key);
  const stage: StageInstance = {is: 'stage', name, written, definition, entry, scope, contract};
  expansion.stages.push(stage);
  return stage;
}

/** A `stages` map: as it was checked, and as it was written. */
interface Members {
  readonly definitions: Readonly<Record<string, StageDefinition>>;
  readonly node: YamlNode | undefined;
}

function addMembers(
  expansion: Expansion,
  {definitions, node}: Members,
  place: Pick<Site, 'scope' | 'prefix' | 'around'>,
): void {
  const siblings = Object.keys(definitions);
  for (const [name, entry] of entriesOf(node)) {
    const definition = definitions[name];
    if (definition) addMember(expansion, {name, definition, entry, siblings, ...place});
  }
}

function chainOf(expansion: Expansion, site: Site, name: StageName, written: string): ChainInstance {
  const rounds: Round[] = [];
  const chain: ChainInstance = {is: 'chain', written, entry: site.entry, scope: site.scope, rounds};
  const stages = site.definition.chain?.stages ?? {};
  const node = childOf(site.entry.value, 'chain', 'stages');
  for (const variables of roundsOf(expansion.planner, chain)) {
    const number = rounds.length + 1;
    const round: Round = {
      number,
      chain,
      variables,
      state: new Map(),
      // The two know each other: the scope is made just below.
      get scope() {
        return scope;
      },
    };
    const scope = innerScope(site.scope, {round});
    rounds.push(round);
    const place = {scope, prefix: `${name}.${number}.`, around: `${written}.`};
    addMembers(expansion, {definitions: stages, node}, place);
  }
  expansion.chains.push(chain);
  return chain;
}

/** One element per round: its map, or undefined where `rounds` is a number. */
function roundsOf(planner: Planner, chain: ChainInstance): readonly (YamlNode | undefined)[] {
  const node = childOf(chain.entry.value, 'chain', 'rounds');
  if (node?.type === 'list') return node.items;
  if (!node) return [];
  const count = constant(planner, node, {
    scope: chain.scope,
    reader: {who: `chain "${chain.written}"`},
    where: 'as `rounds`',
  });
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1000)
    return Array(count).fill(undefined);
  if (count !== undefined) {
    const message = `chain "${chain.written}" needs a whole number of rounds from 1 to 1000`;
    planner.problems.report({
      code: 'wrong-type',
      message,
      at: node.span,
      help: 'give a number, or a list with one map per round',
    });
  }
  return [];
}

function tooMany({document}: Planner): Problem {
  return {
    code: 'too-many-stages',
    message: `the pipeline expands to more than ${MOST_STAGES} stages`,
    at: entriesOf(document.root).get('stages')?.key,
    help: 'make the matrices or chains smaller',
  };
}
