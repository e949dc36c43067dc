import type {ParamSpec} from '../../schemas/param.ts';
import type {ParamBinding} from '../../schemas/plan.ts';
import {childOf, entriesOf, type MapEntry} from '../load/yaml-node.ts';
import {closest, suggestion} from '../words/suggest.ts';
import type {LoadedContract} from './contract.ts';
import {objectionTo, typeNoun, valueFits} from './param-value.ts';
import type {Planner, Reader} from './planner.ts';
import {referenceSpan} from './reference-span.ts';
import {writtenReference} from './resolve.ts';
import type {Resolved} from './resolved.ts';
import type {StageInstance} from './scope.ts';

/** One param of a stage, as its contract declares it. */
interface Param {
  readonly planner: Planner;
  readonly stage: StageInstance;
  readonly kind: string;
  readonly name: string;
  readonly spec: ParamSpec;
}

/** `with`, checked against the contract; every param that the contract declares, in its order. */
export function planParams(
  planner: Planner,
  stage: StageInstance,
  {contract, kind}: LoadedContract,
  reader: Reader,
): Map<string, ParamBinding> {
  const given = entriesOf(childOf(stage.entry.value, 'with'));
  const specs = new Map(Object.entries(contract.params));
  const strays = [...given].filter(([name]) => !specs.has(name));
  for (const [name, entry] of strays) reportUnknown({planner, stage, kind, name}, entry, specs);
  const strayNames = strays.map(([name]) => name);
  const bindings = new Map<string, ParamBinding>();
  for (const [name, spec] of specs) {
    const entry = given.get(name);
    const param = {planner, stage, kind, name, spec};
    const binding = entry ? bind(param, entry, reader) : defaultOf(param, strayNames);
    if (binding) bindings.set(name, binding);
  }
  return bindings;
}

function bind({planner, stage, name, spec}: Param, {value}: MapEntry, reader: Reader) {
  const resolved = planner.resolve(value, stage.scope, reader);
  const subject = `\`${name}\` of stage "${stage.written}"`;
  switch (resolved.is) {
    case 'unknown':
      return undefined;
    case 'json': {
      const objection = objectionTo(spec, resolved.value, subject, value);
      if (objection) planner.problems.report({...objection, at: value.span});
      return {from: 'literal', value: resolved.value} as const;
    }
    case 'value':
      if (!valueFits(spec, resolved.type)) reportWrongValue({planner, spec}, subject, resolved, value);
      return {from: 'value', stage: resolved.stage, value: resolved.value} as const;
    default:
      reportArtifact(planner, subject, value);
      return undefined;
  }
}

function reportWrongValue(
  {planner, spec}: Pick<Param, 'planner' | 'spec'>,
  subject: string,
  value: Resolved & {readonly is: 'value'},
  node: MapEntry['value'],
): void {
  planner.problems.report({
    code: 'wrong-type',
    message: `${subject} takes ${typeNoun(spec)}, but \`${writtenReference(node)}\` is of type ${value.type}`,
    at: referenceSpan(node, writtenReference(node)),
    help: 'read a value of the right type, or change the type that the contract declares',
  });
}

function reportArtifact(planner: Planner, subject: string, node: MapEntry['value']): void {
  const text = writtenReference(node);
  planner.problems.report({
    code: 'wrong-reference',
    message: `${subject} takes a value, but \`${text}\` is an artifact`,
    at: referenceSpan(node, text),
    help: `read artifacts under \`inputs\`, and values with \${stage.values.NAME}`,
  });
}

function defaultOf({planner, stage, kind, name, spec}: Param, strays: readonly string[]) {
  if (spec.default !== undefined) return {from: 'literal', value: spec.default} as const;
  // A stray that was probably meant to be this one is told already.
  if (strays.some((stray) => closest(stray, [name]) === name)) return undefined;
  planner.problems.report({
    code: 'missing-param',
    message: `stage "${stage.written}" lacks \`${name}\`, which ${kind} requires: ${typeNoun(spec)}`,
    at: entriesOf(stage.entry.value).get('with')?.key ?? stage.entry.key,
    help: `add it: with: {${name}: …}${spec.description ? ` — ${spec.description}` : ''}`,
  });
  return undefined;
}

function reportUnknown(
  {planner, stage, kind, name}: Omit<Param, 'spec'>,
  entry: MapEntry,
  specs: ReadonlyMap<string, ParamSpec>,
): void {
  planner.problems.report({
    code: 'unknown-param',
    message: `stage "${stage.written}" sets \`${name}\`, which is not a param of ${kind}`,
    at: entry.key,
    help: suggestion(name, specs.keys(), `${kind} takes no params`),
  });
}
