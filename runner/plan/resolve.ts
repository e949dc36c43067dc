import type {Json} from '../../schemas/canonical-json.ts';
import {describeJson} from '../load/issue-words.ts';
import type {ScalarNode, YamlNode} from '../load/yaml-node.ts';
import {paramText} from './number-text.ts';
import type {Planner, Reader, Spot} from './planner.ts';
import {referenceSpan} from './reference-span.ts';
import {resolveReference} from './resolve-reference.ts';
import {type Resolved, resolvedJson, unknown} from './resolved.ts';
import type {Scope} from './scope.ts';
import {parseTemplate, type WrittenReference} from './template.ts';

/**
 * What is written at `node`, seen from `scope`. A string that is exactly one reference keeps its
 * type; references inside longer text must be known now, and are written into it.
 */
export function resolve(planner: Planner, node: YamlNode, scope: Scope, reader: Reader): Resolved {
  if (node.type === 'scalar') return resolveScalar(planner, node, scope, reader);
  const inside = (child: YamlNode) =>
    constant(planner, child, {scope, reader, where: 'inside a list or map'});
  if (node.type === 'list') {
    const items = node.items.map(inside);
    return items.some((item) => item === undefined) ? unknown : resolvedJson(items as Json[]);
  }
  const record: Record<string, Json> = Object.create(null);
  for (const [key, {value}] of node.entries) {
    const item = inside(value);
    if (item === undefined) return unknown;
    record[key] = item;
  }
  return resolvedJson(record);
}

/** What must be known before anything runs; undefined when it is not, and reported. */
export function constant(planner: Planner, node: YamlNode, spot: Spot): Json | undefined {
  const resolved = resolve(planner, node, spot.scope, spot.reader);
  if (resolved.is === 'json') return resolved.value;
  if (resolved.is !== 'unknown')
    reportNotConstant(planner, {node, text: writtenReference(node)}, resolved, spot);
  return undefined;
}

function resolveScalar(planner: Planner, node: ScalarNode, scope: Scope, reader: Reader): Resolved {
  if (node.refused === true) return unknown;
  if (typeof node.value !== 'string') return resolvedJson(node.value);
  const parts = parseTemplate(node.value);
  if ('type' in parts) {
    planner.problems.report({
      code: 'bad-reference',
      message: `\`${parts.text}\` ${parts.why}`,
      at: referenceSpan(node, parts.text),
      help: `write \${name.output}, or $\${ for text that is not a reference`,
    });
    return unknown;
  }
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'reference')
    return resolveReference(planner, {reference: only, node}, scope, reader);
  const texts = parts.map((part) =>
    part.type === 'text' ? part.text : inText(planner, {reference: part, node}, scope, reader),
  );
  return texts.some((text) => text === undefined) ? unknown : resolvedJson(texts.join(''));
}

function inText(planner: Planner, written: WrittenReference, scope: Scope, reader: Reader) {
  const {reference, node} = written;
  const resolved = resolveReference(planner, written, scope, reader);
  if (resolved.is === 'unknown') return undefined;
  if (resolved.is !== 'json') {
    const where = 'inside longer text';
    reportNotConstant(planner, {node, text: reference.text}, resolved, {scope, reader, where});
    return undefined;
  }
  if (typeof resolved.value !== 'object' || resolved.value === null) return paramText(resolved.value);
  planner.problems.report({
    code: 'wrong-reference',
    message: `\`${reference.text}\` is ${describeJson(resolved.value)}, which can't be written into text`,
    at: referenceSpan(node, reference.text),
    help: 'let the reference stand alone',
  });
  return undefined;
}

function reportNotConstant(
  planner: Planner,
  {node, text}: {readonly node: YamlNode; readonly text: string},
  resolved: Resolved,
  {reader, where}: Spot,
): void {
  const isValue = resolved.is === 'value';
  planner.problems.report({
    code: 'wrong-reference',
    message: `${reader.who} reads \`${text}\` ${where}, but it is ${isValue ? 'known only when that stage has run' : 'an artifact'}`,
    at: referenceSpan(node, text),
    help: isValue
      ? `give it as a param of its own: name: "\${…}"`
      : `read it under \`inputs\`; there, \${inputs.NAME} is its path`,
  });
}

export function writtenReference(node: YamlNode): string {
  const text = node.type === 'scalar' && typeof node.value === 'string' ? node.value : '';
  return /^\$\{(.*)\}$/s.exec(text)?.[1] ?? text;
}
