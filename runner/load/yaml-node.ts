import type {Json} from '../../schemas/canonical-json.ts';
import type {TextSpan} from './text-file.ts';

/**
 * A document's values, each with the place it was written at. Merging keeps the places, so an
 * error about a value from a profile points into the profile.
 */
export type YamlNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly type: 'scalar';
  readonly value: string | number | boolean | null;
  readonly span: TextSpan;
  /** What is written there can't be a value, and that is reported; `value` stands for it, and means nothing. */
  readonly refused?: true;
}

export interface ListNode {
  readonly type: 'list';
  readonly items: readonly YamlNode[];
  readonly span: TextSpan;
}

export interface MapNode {
  readonly type: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly span: TextSpan;
}

export interface MapEntry {
  readonly key: TextSpan;
  readonly value: YamlNode;
}

/** With null prototypes: a key of the document can't reach anything of JavaScript's. */
export function toJson(node: YamlNode): Json {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'list') return node.items.map(toJson);
  const record: Record<string, Json> = Object.create(null);
  for (const [key, entry] of node.entries) record[key] = toJson(entry.value);
  return record;
}

/** Whether in it something is refused: whoever reads it says nothing more. */
export function holdsRefused(node: YamlNode | undefined): boolean {
  if (node?.type === 'list') return node.items.some(holdsRefused);
  if (node?.type === 'map') return [...node.entries.values()].some(({value}) => holdsRefused(value));
  return node?.refused === true;
}

/** A number or a truth value as it is written: `1.20`, `007`, `True`; undefined for what came another way. */
export function writtenText(node: YamlNode | undefined): string | undefined {
  if (node?.type !== 'scalar' || typeof node.value === 'string' || node.value === null) return undefined;
  const {file, start, end} = node.span;
  const text = file.text.slice(start, end);
  return /^[-+.\w]+$/.test(text) ? text : undefined;
}

function entryOf(node: YamlNode | undefined, key: string | number): MapEntry | undefined {
  if (node?.type === 'map') return node.entries.get(String(key));
  if (node?.type !== 'list') return undefined;
  const item = node.items[Number(key)];
  return item && {key: item.span, value: item};
}

export function childOf(
  node: YamlNode | undefined,
  ...path: readonly (string | number)[]
): YamlNode | undefined {
  let at = node;
  for (const key of path) at = entryOf(at, key)?.value;
  return at;
}

/** Where to point for the thing at `path`, or for the nearest thing around it that exists. */
export function spanAt(node: YamlNode, path: readonly (string | number)[]): TextSpan {
  let at: YamlNode = node;
  let span = node.span;
  for (const key of path) {
    const entry = entryOf(at, key);
    if (!entry) return span;
    at = entry.value;
    span = at.type === 'scalar' && at.value !== null ? at.span : entry.key;
  }
  return span;
}

export function keySpanAt(node: YamlNode, path: readonly (string | number)[]): TextSpan {
  const parent = childOf(node, ...path.slice(0, -1));
  return entryOf(parent, path.at(-1) ?? '')?.key ?? spanAt(node, path);
}

const NO_ENTRIES: ReadonlyMap<string, MapEntry> = new Map();

export function entriesOf(node: YamlNode | undefined): ReadonlyMap<string, MapEntry> {
  return node?.type === 'map' ? node.entries : NO_ENTRIES;
}
