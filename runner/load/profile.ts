import {SECTIONS} from '../../schemas/pipeline.ts';
import {suggestion} from '../words/suggest.ts';
import type {Problems} from './problems.ts';
import {childOf, entriesOf, type MapEntry, type MapNode, type YamlNode} from './yaml-node.ts';

export interface Profiled {
  readonly root: MapNode;
  readonly profile: string;
}

/**
 * Lays a profile over the document as RFC 7396 says: maps merge, null removes, all else replaces. The one
 * exception: where a stage gets another kind, it gets that kind's params and inputs instead of, not beside, the old.
 * Without a choice, the profile called `default` if there is one; else the document as it stands,
 * which goes by the name of the profile that changes nothing.
 */
export function applyProfile(root: MapNode, chosen: string | undefined, problems: Problems): Profiled {
  const profiles = entriesOf(childOf(root, 'profiles'));
  const profile = chosen ?? defaultProfile(profiles);
  const overlay = profiles.get(profile)?.value;
  if (chosen !== undefined && !overlay) reportUnknown(chosen, [...profiles.keys()], problems);
  if (overlay?.type !== 'map') return {root, profile};
  const patch = expandParams(onlyAllowed(overlay), root, problems);
  return {root: asMap(mergePatch(root, patch), root), profile};
}

/** Other keys are the header's to report, once, in the profile. */
function onlyAllowed(overlay: MapNode): MapNode {
  const allowed = new Set<string>(['description', 'seed', ...SECTIONS]);
  return {...overlay, entries: new Map([...overlay.entries].filter(([key]) => allowed.has(key)))};
}

function defaultProfile(profiles: ReadonlyMap<string, MapEntry>): string {
  if (profiles.has('default')) return 'default';
  const empty = [...profiles].filter(([, {value}]) => value.type === 'map' && value.entries.size === 0);
  return empty.map(([name]) => name).sort()[0] ?? 'default';
}

function reportUnknown(chosen: string, names: readonly string[], problems: Problems): void {
  const text = `--profile ${chosen}`;
  problems.report({
    code: 'unknown-profile',
    message: `there is no profile \`${chosen}\``,
    at: {file: {path: 'command line', text}, start: text.length - chosen.length, end: text.length},
    help: suggestion(chosen, names, 'the pipeline declares no `profiles`: leave --profile out'),
  });
}

/** `params: {x: 3}` is short for `{x: {default: 3}}`, for params that the document declares. */
function expandParams(overlay: MapNode, root: MapNode, problems: Problems): MapNode {
  const params = overlay.entries.get('params');
  if (params?.value.type !== 'map') return overlay;
  const declared = entriesOf(childOf(root, 'params'));
  const expanded = new Map<string, MapEntry>();
  for (const [name, entry] of params.value.entries) {
    if (declared.has(name) || childOf(entry.value, 'type')) expanded.set(name, asDefault(entry));
    else reportUndeclared(name, entry, [...declared.keys()], problems);
  }
  const value = {...params.value, entries: expanded};
  return {...overlay, entries: new Map(overlay.entries).set('params', {key: params.key, value})};
}

function asDefault(entry: MapEntry): MapEntry {
  const {key, value} = entry;
  if (value.type === 'map' || (value.type === 'scalar' && value.value === null)) return entry;
  return {key, value: {type: 'map', entries: new Map([['default', {key, value}]]), span: value.span}};
}

function reportUndeclared(
  name: string,
  entry: MapEntry,
  declared: readonly string[],
  problems: Problems,
): void {
  problems.report({
    code: 'unknown-param',
    message: `the profile sets \`${name}\`, which is not a param of the pipeline`,
    at: entry.key,
    help: suggestion(name, declared, 'declare it under `params` first'),
  });
}

/** @returns undefined for what the patch removes */
function mergePatch(target: YamlNode | undefined, patch: YamlNode): YamlNode | undefined {
  if (patch.type === 'scalar' && patch.value === null) return undefined;
  if (patch.type !== 'map') return patch;
  const base = target?.type === 'map' ? target : undefined;
  const merged = new Map(base === undefined ? [] : withoutOtherKind(base, patch).entries);
  for (const [key, entry] of patch.entries) {
    const value = mergePatch(merged.get(key)?.value, entry.value);
    if (value === undefined) merged.delete(key);
    else
      merged.set(key, {key: value === entry.value ? entry.key : (merged.get(key)?.key ?? entry.key), value});
  }
  return {type: 'map', entries: merged, span: base?.span ?? patch.span};
}

/** What belongs to a stage's kind, and means nothing to another. */
const OF_A_KIND = ['with', 'inputs', 'outputs', 'values'];

/** An overlay that changes what a stage `uses` says all of it anew: the old kind's params are not the new one's. */
function withoutOtherKind(stage: MapNode, patch: MapNode): MapNode {
  const before = childOf(stage, 'uses');
  const after = childOf(patch, 'uses');
  if (before?.type !== 'scalar' || after?.type !== 'scalar' || before.value === after.value) return stage;
  return {...stage, entries: new Map([...stage.entries].filter(([key]) => !OF_A_KIND.includes(key)))};
}

function asMap(node: YamlNode | undefined, otherwise: MapNode): MapNode {
  return node?.type === 'map' ? node : otherwise;
}
