import type {LabelledInput} from '../../schemas/plan.ts';
import type {Problem} from '../load/problems.ts';
import type {YamlNode} from '../load/yaml-node.ts';
import {listed, suggestion} from '../words/suggest.ts';
import {chainExport, chainExportNames} from './chain-state.ts';
import {outputsOf, valuesOf} from './declared-outputs.ts';
import type {Planner, Reader} from './planner.ts';
import {referenceSpan} from './reference-span.ts';
import {type Resolved, unknown} from './resolved.ts';
import type {ChainInstance, GroupInstance, Instance, Member, Scope, StageInstance} from './scope.ts';
import {
  noSuchOutput,
  noSuchRound,
  noSuchStage,
  type ProblemWithin,
  wrongLabels,
} from './stage-reference-words.ts';
import type {ReferencePart, TemplateReference, WrittenReference} from './template.ts';

/** One thing that a reference leads to; `labels` are those that a `*` stood for. */
interface Hit {
  readonly labels: readonly string[];
  readonly found: Resolved;
}

interface Walk {
  readonly planner: Planner;
  readonly reference: TemplateReference;
  readonly who: string;
  readonly node: YamlNode;
}

/** `${stage.output}`, `${stage.values.v}`, and the same through chains, groups and matrices. */
export function stageReference(
  planner: Planner,
  {reference, node}: WrittenReference,
  scope: Scope,
  reader: Reader,
): Resolved {
  const walk = {planner, reference, who: reader.who, node};
  const [first, ...rest] = reference.segments;
  if (!first) return unknown;
  const home = homeOf(first.name, scope);
  if (home === 'broken') return unknown;
  if (!home) return complain(walk, noSuchStage(walk, first, scope));
  const hits = inMember(walk, home, [first, ...rest], []);
  return reference.segments.some(isWild) ? gathered(walk, hits) : (hits[0]?.found ?? unknown);
}

function isWild({name, labels}: ReferencePart): boolean {
  return name === '*' || (labels?.includes('*') ?? false);
}

function homeOf(name: string, scope: Scope): Member | 'broken' | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const member = at.members.get(name);
    if (member) return member;
    if (at.broken.has(name)) return 'broken';
  }
  return undefined;
}

function inMember(
  walk: Walk,
  member: Member,
  [segment, ...rest]: readonly [ReferencePart, ...ReferencePart[]],
  labels: readonly string[],
): Hit[] {
  const chosen = choose(walk, member, segment);
  return chosen.flatMap(([instance, more]) => inInstance(walk, instance, rest, [...labels, ...more]));
}

type Chosen = readonly (readonly [Instance, readonly string[]])[];

function choose(walk: Walk, member: Member, {labels}: ReferencePart): Chosen {
  const exact = member.instances.get(labels?.join(',') ?? '');
  if (exact) return [[exact, []]];
  const pattern = labels?.length === 1 && labels[0] === '*' ? member.axes.map(() => '*') : labels;
  if (pattern?.length === member.axes.length && pattern.includes('*')) {
    const matching = [...member.instances].flatMap(([key, instance]) => matched(key, instance, pattern));
    if (matching.length > 0) return matching;
  }
  complain(walk, wrongLabels(member, labels));
  return [];
}

function matched(key: string, instance: Instance, pattern: readonly string[]): Chosen {
  const labels = key.split(',');
  if (!pattern.every((wanted, i) => wanted === '*' || wanted === labels[i])) return [];
  return [[instance, labels.filter((_, i) => pattern[i] === '*')]];
}

function inInstance(
  walk: Walk,
  instance: Instance,
  rest: readonly ReferencePart[],
  labels: readonly string[],
): Hit[] {
  switch (instance.is) {
    case 'stage':
      return [{labels, found: inStage(walk, instance, rest)}];
    case 'chain':
      return inChain(walk, instance, rest, labels);
    case 'group':
      return inScope(walk, instance, rest, labels);
  }
}

function inStage(walk: Walk, stage: StageInstance, rest: readonly ReferencePart[]): Resolved {
  const [first, second, ...more] = rest;
  if (!stage.contract) return unknown;
  if (first?.name === 'values' && second && more.length === 0) return computed(walk, stage, second.name);
  const outputs = outputsOf(stage);
  const output = rest.length === 1 && first ? outputs.get(first.name) : undefined;
  if (first && output)
    return {is: 'artifact', input: {from: 'stage', stage: stage.name, output: first.name}, kind: output.kind};
  return complain(walk, noSuchOutput(walk, stage, rest));
}

function computed(walk: Walk, stage: StageInstance, name: string): Resolved {
  const values = valuesOf(stage);
  const type = values.get(name);
  if (type) return {is: 'value', stage: stage.name, value: name, type};
  return complain(walk, {
    code: 'unknown-value',
    message: `${walk.who} reads \`${walk.reference.text}\`, but ${stage.written} computes no value \`${name}\``,
    help: suggestion(
      name,
      values.keys(),
      `${stage.written} computes no values; it gives: ${listed([...outputsOf(stage).keys()])}`,
    ),
  });
}

function inChain(
  walk: Walk,
  chain: ChainInstance,
  rest: readonly ReferencePart[],
  labels: readonly string[],
): Hit[] {
  const [first, ...inner] = rest;
  const exports = chainExportNames(chain);
  if (first && inner.length === 0 && exports.includes(first.name)) {
    return [{labels, found: chainExport(walk.planner, chain, first.name)}];
  }
  if (first?.name === '*') {
    return chain.rounds.flatMap(({scope, number}) =>
      inScope(walk, {scope, written: chain.written}, inner, [...labels, `${number}`]),
    );
  }
  const round = chain.rounds.find(({number}) => `${number}` === first?.name);
  if (round) return inScope(walk, {scope: round.scope, written: chain.written}, inner, labels);
  complain(walk, noSuchRound(walk, chain, first?.name ?? '', exports));
  return [];
}

function inScope(
  walk: Walk,
  {scope, written}: Pick<GroupInstance, 'scope' | 'written'>,
  rest: readonly ReferencePart[],
  labels: readonly string[],
): Hit[] {
  const [first, ...inner] = rest;
  const member = scope.members.get(first?.name ?? '');
  if (first && member) return inMember(walk, member, [first, ...inner], labels);
  complain(walk, {
    code: 'unknown-reference',
    message: `${walk.who} reads \`${walk.reference.text}\`, which does not exist`,
    help: suggestion(first?.name ?? '', scope.members.keys(), `${written} has no stages`),
  });
  return [];
}

/** In order of their labels, so that the order of keys in the file changes nothing. */
function gathered(walk: Walk, hits: readonly Hit[]): Resolved {
  const members: LabelledInput[] = [];
  const kinds = new Set<string>();
  for (const {labels, found} of hits) {
    if (found.is === 'unknown') return unknown;
    if (found.is !== 'artifact') {
      const help = 'name each stage in full';
      return complain(walk, {
        code: 'wrong-reference',
        message: `\`${walk.reference.text}\` gathers values: only artifacts can be gathered`,
        help,
      });
    }
    members.push({label: labels.join(','), input: found.input});
    kinds.add(found.kind);
  }
  if (members.length === 0) return unknown;
  return {is: 'many', members: members.sort((a, b) => (a.label < b.label ? -1 : 1)), kinds};
}

function complain({planner, reference, node}: Walk, problem: Problem | ProblemWithin): Resolved {
  const at = referenceSpan(node, reference.text);
  const related = 'within' in problem ? [{message: problem.within, at}] : [];
  planner.problems.report({...problem, at, related});
  return unknown;
}
