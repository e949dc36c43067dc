import type {Problem} from '../load/problems.ts';
import {entriesOf} from '../load/yaml-node.ts';
import {suggestion} from '../words/suggest.ts';
import {chainState, chainStateNames} from './chain-state.ts';
import type {Planner, Reader} from './planner.ts';
import {ROOTS, type Root} from './reference-roots.ts';
import {referenceSpan} from './reference-span.ts';
import {type Resolved, resolvedJson, unknown} from './resolved.ts';
import {nearest, type Round, type Scope} from './scope.ts';
import {stageReference} from './stage-reference.ts';
import type {TemplateReference, WrittenReference} from './template.ts';

interface Reading {
  readonly planner: Planner;
  readonly reference: TemplateReference;
  readonly scope: Scope;
  readonly reader: Reader;
  report(problem: Problem): Resolved;
}

export function resolveReference(
  planner: Planner,
  written: WrittenReference,
  scope: Scope,
  reader: Reader,
): Resolved {
  const {reference, node} = written;
  const report = (problem: Problem): Resolved => {
    planner.problems.report({at: referenceSpan(node, reference.text), ...problem});
    return unknown;
  };
  const reading = {planner, reference, scope, reader, report};
  const [first, second, third] = reference.segments;
  const root = ROOTS.find((name) => name === first?.name);
  if (root === undefined) return stageReference(planner, written, scope, reader);
  if (root === 'seed' && reference.segments.length === 1) return resolvedJson(planner.document.seed);
  if (root === 'seed' || reference.segments.some(({labels}) => labels)) return malformed(reading, root);
  if (root === 'matrix' && reference.segments.length === 3)
    return matrixField(reading, second?.name ?? '', third?.name ?? '');
  if (reference.segments.length !== 2) return malformed(reading, root);
  return byRoot(reading, root, second?.name ?? '');
}

function malformed({reference, report}: Reading, root: Root): Resolved {
  const help = root === 'seed' ? `write \${seed}` : `write \${${root}.name}`;
  return report({code: 'bad-reference', message: `\`${reference.text}\` is not how to read ${root}`, help});
}

function byRoot(reading: Reading, root: Exclude<Root, 'seed'>, name: string): Resolved {
  switch (root) {
    case 'params':
      return param(reading, name);
    case 'sources':
      return source(reading, name);
    case 'inputs':
    case 'outputs':
      return path(reading, root, name);
    case 'round':
      return roundVariable(reading, name);
    case 'chain':
      return chainVariable(reading, name);
    case 'matrix':
      return matrixValue(reading, name);
  }
}

function param({planner, reference, reader, report}: Reading, name: string): Resolved {
  const {params, document} = planner;
  const value = params.get(name);
  if (value !== undefined) return resolvedJson(value);
  if (params.has(name) || document.params.broken.has(name)) return unknown;
  return report({
    code: 'unknown-param',
    message: `${reader.who} reads \`${reference.text}\`, which is not a param of the pipeline`,
    help: suggestion(name, params.keys(), 'the pipeline declares no `params`'),
  });
}

function source({planner, reference, reader, report}: Reading, name: string): Resolved {
  const {entries, broken} = planner.document.sources;
  const declared = entries.get(name);
  if (declared)
    return {is: 'artifact', input: {from: 'source', source: name}, kind: declared.definition.kind};
  if (broken.has(name)) return unknown;
  return report({
    code: 'unknown-source',
    message: `${reader.who} reads \`${reference.text}\`, which does not exist`,
    help: suggestion(name, entries.keys(), 'declare it under `sources`'),
  });
}

function path({reference, reader, report}: Reading, root: 'inputs' | 'outputs', name: string): Resolved {
  const names = reader[root];
  if (names?.has(name)) return resolvedJson(`${root}/${name}`);
  if (!names) {
    const help = "use it in a stage's `with`, where it is the path of what the stage reads or writes";
    return report({code: 'wrong-reference', message: `\`${reference.text}\` means nothing here`, help});
  }
  return report({
    code: root === 'inputs' ? 'unknown-input' : 'unknown-output',
    message: `${reader.who} has no ${root === 'inputs' ? 'input' : 'output'} \`${name}\``,
    help: suggestion(name, names, `the stage has no ${root}`),
  });
}

function roundOf(scope: Scope): Round | undefined {
  return nearest(scope, (at) => at.round);
}

function outside({reference, report}: Reading): Resolved {
  const help = 'move it into the `stages` of a chain, or read something else';
  return report({
    code: 'wrong-reference',
    message: `\`${reference.text}\` means something only inside a chain`,
    help,
  });
}

function roundVariable(reading: Reading, name: string): Resolved {
  const {planner, reference, reader, report} = reading;
  const round = roundOf(reading.scope);
  if (!round) return outside(reading);
  if (name === 'number') return resolvedJson(round.number);
  const variables = entriesOf(round.variables);
  const entry = variables.get(name);
  if (entry) return planner.resolve(entry.value, round.chain.scope, {who: `chain "${round.chain.written}"`});
  const which = round.chain.rounds.some((other) => entriesOf(other.variables).has(name))
    ? ` in round ${round.number}`
    : '';
  return report({
    code: 'unknown-round',
    message: `${reader.who} reads \`${reference.text}\`, which the chain's \`rounds\` do not give${which}`,
    help: which ? 'give it in every round' : suggestion(name, ['number', ...variables.keys()]),
  });
}

function chainVariable(reading: Reading, name: string): Resolved {
  const {planner, reference, reader, report} = reading;
  const round = roundOf(reading.scope);
  if (!round) return outside(reading);
  const names = chainStateNames(round.chain);
  if (names.includes(name)) return chainState(planner, round, name);
  return report({
    code: 'bad-chain',
    message: `${reader.who} reads \`${reference.text}\`, which the chain's \`start\` does not give`,
    help: suggestion(name, names, `give it: start: {${name}: …}, next: {${name}: …}`),
  });
}

function matrixValue({reference, reader, scope, report}: Reading, name: string): Resolved {
  const value = nearest(scope, (at) => at.matrix?.get(name));
  if (value) return value.whole();
  const axes: string[] = [];
  nearest(scope, (at) => {
    axes.push(...(at.matrix?.keys() ?? []));
    return undefined;
  });
  return report({
    code: 'unknown-reference',
    message: `${reader.who} reads \`${reference.text}\`, which is not an axis of a matrix around it`,
    help: suggestion(name, axes, `give the stage a matrix: {${name}: […]}`),
  });
}

/** `${matrix.benchmark.samples}`: a field of the map that this combination has on the axis. */
function matrixField(reading: Reading, axis: string, name: string): Resolved {
  const {reference, reader, scope, report} = reading;
  const value = nearest(scope, (at) => at.matrix?.get(axis));
  if (!value) return matrixValue(reading, axis);
  const field = value.fields.get(name);
  if (field) return field();
  return report({
    code: 'unknown-reference',
    message: `${reader.who} reads \`${reference.text}\`, which the axis \`${axis}\` does not give here`,
    help: suggestion(name, value.fields.keys(), `\`${axis}\` has no fields: write \${matrix.${axis}}`),
  });
}
