import {suggestion} from '../words/suggest.ts';
import {parseYaml} from './parse-yaml.ts';
import type {Problem, Problems} from './problems.ts';
import type {TextSpan} from './text-file.ts';
import {childOf, entriesOf, type MapEntry, type MapNode, type YamlNode} from './yaml-node.ts';

/**
 * `-p key=value`: the value, read as YAML, becomes the param's default, and points at the flag.
 * `-p seed=7` sets the pipeline's seed, unless a param has that name.
 */
export function applyOverrides(root: MapNode, overrides: readonly string[], problems: Problems): MapNode {
  return overrides.reduce((merged, override) => applyOverride(merged, override, problems), root);
}

function applyOverride(root: MapNode, override: string, problems: Problems): MapNode {
  const text = `-p ${override}`;
  const equals = override.indexOf('=');
  const [key, raw] = [override.slice(0, Math.max(equals, 0)), override.slice(equals + 1)];
  const file = {path: 'command line', text};
  const keySpan = {file, start: 3, end: 3 + key.length};
  const params = childOf(root, 'params');
  const param = entriesOf(params).get(key);
  const objection =
    equals < 1 ? malformed(override) : param || key === 'seed' ? undefined : unknown(key, params);
  if (objection) {
    problems.report({...objection, at: equals < 1 ? {file, start: 3, end: text.length} : keySpan});
    return root;
  }
  const value = readValue(
    raw,
    childOf(param?.value, 'type'),
    {file, start: 4 + key.length, end: text.length},
    problems,
  );
  return value ? set(root, param ? ['params', key, 'default'] : ['seed'], {key: keySpan, value}) : root;
}

function malformed(override: string): Problem {
  return {
    code: 'bad-override',
    message: `-p ${override} is not of the form key=value`,
    help: 'write -p learning_rate=0.001',
  };
}

function unknown(key: string, params: YamlNode | undefined): Problem {
  return {
    code: 'unknown-param',
    message: `-p sets \`${key}\`, which is not a param of the pipeline`,
    help: suggestion(key, entriesOf(params).keys(), 'the pipeline declares no `params`'),
  };
}

/** A param of type string takes the text as it is: a shell user should not have to quote 007 twice. */
function readValue(
  raw: string,
  type: YamlNode | undefined,
  span: TextSpan,
  problems: Problems,
): YamlNode | undefined {
  if (type?.type === 'scalar' && type.value === 'string') return {type: 'scalar', value: raw, span};
  const node = parseYaml({path: 'command line', text: raw}, problems);
  return node && pointAt(node, span);
}

function pointAt(node: YamlNode, span: TextSpan): YamlNode {
  if (node.type === 'list') return {...node, items: node.items.map((item) => pointAt(item, span)), span};
  if (node.type === 'scalar') return {...node, span};
  const entries = new Map(
    [...node.entries].map(([key, {value}]) => [key, {key: span, value: pointAt(value, span)}]),
  );
  return {...node, entries, span};
}

function set(root: MapNode, path: readonly string[], entry: MapEntry): MapNode {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return {...root, entries: new Map(root.entries).set(key, entry)};
  const old = root.entries.get(key);
  if (old?.value.type !== 'map') return root;
  return {
    ...root,
    entries: new Map(root.entries).set(key, {key: old.key, value: set(old.value, rest, entry)}),
  };
}
