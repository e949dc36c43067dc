import type {InputBinding, LabelledInput, SingleInput} from '../../schemas/plan.ts';
import type {StageContract} from '../../schemas/stage-contract.ts';
import {childOf, entriesOf, type MapEntry, type YamlNode} from '../load/yaml-node.ts';
import {closest, suggestion} from '../words/suggest.ts';
import type {LoadedContract} from './contract.ts';
import {outputsOf} from './declared-outputs.ts';
import type {Planner, Reader} from './planner.ts';
import {referenceSpan} from './reference-span.ts';
import {writtenReference} from './resolve.ts';
import {nearest, type StageInstance} from './scope.ts';
import {parseTemplate} from './template.ts';

type InputSpec = StageContract['inputs'][string];

interface Binding {
  readonly planner: Planner;
  readonly stage: StageInstance;
  readonly kind: string;
  readonly reader: Reader;
  readonly name: string;
  readonly spec: InputSpec;
}

/** What an open kind's further inputs take. */
const ANYTHING: InputSpec = {kind: 'any', optional: false, many: false};

/** `inputs`, checked against the contract: declared ones in its order, then an open kind's others. */
export function planInputs(planner: Planner, stage: StageInstance, loaded: LoadedContract, reader: Reader) {
  const {contract, kind} = loaded;
  const given = entriesOf(childOf(stage.entry.value, 'inputs'));
  const specs = new Map(Object.entries(contract.inputs));
  const strays: string[] = [];
  for (const [name, entry] of [...given].sort(byName)) {
    if (specs.has(name)) continue;
    if (!contract.open) strays.push(name);
    if (contract.open) specs.set(name, entry.value.type === 'map' ? {...ANYTHING, many: true} : ANYTHING);
    else reportUnknown({planner, stage, kind, name}, entry, [...specs.keys()]);
  }
  const bindings = new Map<string, InputBinding>();
  for (const [name, spec] of specs) {
    const entry = given.get(name);
    const binding = {planner, stage, kind, reader, name, spec};
    const bound = entry ? bind(binding, entry.value) : undefined;
    if (bound) bindings.set(name, bound);
    // A stray that was probably meant to be this one is told already.
    const meant = strays.some((stray) => closest(stray, [name]) === name);
    if (!entry && !spec.optional && !meant) reportMissing(binding);
  }
  return bindings;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function bind(binding: Binding, node: YamlNode): InputBinding | undefined {
  if (node.type === 'map') return bindMap(binding, node.entries);
  if (!isReference(node)) return notReference(binding, node);
  const {planner, stage, reader, spec, name} = binding;
  const resolved = planner.resolve(node, stage.scope, reader);
  switch (resolved.is) {
    case 'artifact':
      checkKind(binding, node, [resolved.kind]);
      return spec.many
        ? {from: 'many', members: [{label: labelOf(node), input: resolved.input}]}
        : resolved.input;
    case 'many':
      if (!spec.many && !isFurther(binding)) return tooMany(binding, node, resolved.members);
      checkKind(binding, node, [...resolved.kinds]);
      return {from: 'many', members: resolved.members};
    case 'unknown':
      return undefined;
    default:
      planner.problems.report({
        code: 'wrong-reference',
        message: `\`${name}\` of stage "${stage.written}" takes an artifact, but \`${writtenReference(node)}\` is a value`,
        at: referenceSpan(node, writtenReference(node)),
        help: 'give values under `with`',
      });
      return undefined;
  }
}

/** An input that only the pipeline declares takes whatever it is given. */
function isFurther({spec}: Binding): boolean {
  return spec === ANYTHING;
}

function bindMap(binding: Binding, entries: ReadonlyMap<string, MapEntry>): InputBinding | undefined {
  const members: LabelledInput[] = [];
  for (const [label, {key, value}] of [...entries].sort(byName)) {
    if (!/^[A-Za-z0-9_+-][A-Za-z0-9_+.@=,-]{0,127}$/.test(label)) {
      const message = `\`${label}\` can't be a label`;
      binding.planner.problems.report({
        code: 'bad-label',
        message,
        at: key,
        help: 'use letters, digits and _+-.@=',
      });
    }
    const bound = bind({...binding, spec: {...binding.spec, many: false}}, value);
    if (bound && bound.from !== 'many') members.push({label, input: bound});
  }
  if (binding.spec.many) return {from: 'many', members};
  const message = `\`${binding.name}\` of stage "${binding.stage.written}" takes one artifact, not a map of several`;
  const at = [...entries.values()][0]?.key;
  binding.planner.problems.report({
    code: 'wrong-shape',
    message,
    at,
    help: `give one reference, such as \${sft.model}`,
  });
  return undefined;
}

function isReference(node: YamlNode): boolean {
  return node.type === 'scalar' && /^\$\{[^}]*\}$/.test(String(node.value));
}

function notReference({planner, stage, reader, name}: Binding, node: YamlNode): undefined {
  const text = node.type === 'scalar' ? String(node.value) : '';
  const bad = 'type' in parseTemplate(text);
  // What is not even a reference has its own message.
  if (bad) return void planner.resolve(node, stage.scope, reader);
  planner.problems.report({
    code: 'wrong-reference',
    message: `\`${name}\` of stage "${stage.written}" takes a reference to an artifact`,
    at: node.span,
    help: /\$\{/.test(text)
      ? 'let the reference stand alone, without text around it'
      : `write \${stage.output} or \${sources.NAME}; files go under \`sources\` first`,
  });
}

function tooMany(
  {planner, stage, name}: Binding,
  node: YamlNode,
  members: readonly LabelledInput[],
): SingleInput | undefined {
  planner.problems.report({
    code: 'wrong-reference',
    message: `\`${name}\` of stage "${stage.written}" takes one artifact, but \`${writtenReference(node)}\` is ${members.length}`,
    at: referenceSpan(node, writtenReference(node)),
    help: `choose one, such as \`${writtenReference(node).replace('*', members[0]?.label ?? '')}\``,
  });
  return members[0]?.input;
}

function checkKind(binding: Binding, node: YamlNode, found: readonly string[]): void {
  const {planner, stage, name, spec} = binding;
  const wrong = spec.kind === 'any' ? undefined : found.find((each) => each !== spec.kind && each !== 'any');
  if (wrong === undefined) return;
  const text = writtenReference(node);
  planner.problems.report({
    code: 'kind-mismatch',
    message: `\`${name}\` of stage "${stage.written}" takes ${spec.kind}, but \`${text}\` is ${wrong}`,
    at: referenceSpan(node, text),
    help: kindHelp(binding, text),
  });
}

/** The same stage may give what was meant under another name. */
function kindHelp({stage, spec, kind}: Binding, text: string): string {
  const [first = '', output = ''] = text.split('.');
  const instance = nearest(stage.scope, ({members}) => members.get(first))?.instances.get('');
  const fitting =
    instance?.is === 'stage' ? [...outputsOf(instance)].filter(([, other]) => other.kind === spec.kind) : [];
  const [better] = fitting.filter(([other]) => other !== output);
  return better
    ? `did you mean \`${first}.${better[0]}\`?`
    : `read something of kind ${spec.kind}: that is what ${kind} expects`;
}

/** Of a single artifact where many may be: the stage it comes from. */
function labelOf(node: YamlNode): string {
  return (writtenReference(node).split('.')[0] ?? '').replaceAll(/[^A-Za-z0-9_+.@=,-]/g, '-');
}

function reportMissing({planner, stage, name, spec, kind}: Binding): void {
  planner.problems.report({
    code: 'missing-input',
    message: `stage "${stage.written}" lacks the input \`${name}\`, which ${kind} requires: ${spec.kind}`,
    at: entriesOf(stage.entry.value).get('inputs')?.key ?? stage.entry.key,
    help: `add it: inputs: {${name}: "\${…}"}${spec.description ? ` — ${spec.description}` : ''}`,
  });
}

function reportUnknown(
  {planner, stage, kind, name}: Omit<Binding, 'spec' | 'reader'>,
  entry: MapEntry,
  known: readonly string[],
): void {
  planner.problems.report({
    code: 'unknown-input',
    message: `stage "${stage.written}" gives \`${name}\`, which is not an input of ${kind}`,
    at: entry.key,
    help: suggestion(name, known, `${kind} takes no inputs`),
  });
}
