import {createHash} from 'node:crypto';
import {dirname, resolve} from 'node:path';
import {SECTIONS} from '../../schemas/pipeline.ts';
import {suggestion} from '../words/suggest.ts';
import type {FileReader} from './file-reader.ts';
import {parseYaml} from './parse-yaml.ts';
import type {Problems} from './problems.ts';
import {readTextFile} from './read-text-file.ts';
import {
  childOf,
  entriesOf,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type YamlNode,
} from './yaml-node.ts';

/** The document with the sections of every file it includes; each pinned, so that a plan can't drift. */
export function mergeIncludes(main: MapNode, files: FileReader, problems: Problems, seen: string[]): MapNode {
  const includes = childOf(main, 'include');
  if (includes?.type !== 'list') return main;
  return includes.items.reduce<MapNode>((merged, item) => {
    const included = readIncluded(item, files, problems, seen);
    return included ? mergeSections(merged, included, problems) : merged;
  }, main);
}

/** Entries that are not even of the right shape are left to the header's schema. */
function readIncluded(
  item: YamlNode,
  files: FileReader,
  problems: Problems,
  seen: string[],
): MapNode | undefined {
  const file = textOf(childOf(item, 'file'));
  const pin = textOf(childOf(item, 'sha256'));
  if (!file || !pin) return undefined;
  const path = resolve(dirname(item.span.file.path), file.value);
  const source = readTextFile(files, path);
  if ('code' in source) {
    problems.report(
      source.at ? source : {...source, at: file.span, help: 'a path is relative to the file that names it'},
    );
    return undefined;
  }
  seen.push(path);
  const actual = createHash('sha256').update(source.bytes).digest('hex');
  if (actual !== pin.value) problems.report(mismatch(file.value, actual, pin));
  const node = parseYaml(source.file, problems);
  return node && included(node, problems);
}

function mismatch(file: string, actual: string, pin: ScalarNode) {
  return {
    code: 'include-mismatch' as const,
    message: `${file} has changed: its SHA-256 is not the one pinned here`,
    at: pin.span,
    help: `if you trust the file as it is now, pin ${actual}`,
  };
}

const ALLOWED: readonly string[] = ['repro', 'description', 'license', ...SECTIONS];

function included(node: YamlNode, problems: Problems): MapNode | undefined {
  if (node.type !== 'map') {
    problems.report({
      code: 'wrong-shape',
      message: 'an included file is a map',
      at: node.span,
      help: `it may hold ${ALLOWED.join(', ')}`,
    });
    return undefined;
  }
  for (const [key, entry] of node.entries) {
    if (ALLOWED.includes(key) || key === '$schema') continue;
    const message = `\`${key}\` is not a key of an included file`;
    problems.report({code: 'unknown-key', message, at: entry.key, help: suggestion(key, ALLOWED)});
  }
  return node;
}

function mergeSections(main: MapNode, other: MapNode, problems: Problems): MapNode {
  const merged = new Map(main.entries);
  for (const section of SECTIONS) {
    const theirs = other.entries.get(section);
    if (theirs) merged.set(section, mergeSection(merged.get(section), theirs, section, problems));
  }
  return {...main, entries: merged};
}

function mergeSection(
  ours: MapEntry | undefined,
  theirs: MapEntry,
  section: string,
  problems: Problems,
): MapEntry {
  if (ours?.value.type !== 'map') return theirs;
  const entries = new Map(ours.value.entries);
  for (const [name, entry] of entriesOf(theirs.value)) {
    const earlier = entries.get(name);
    if (earlier) problems.report(duplicate(section, name, entry, earlier));
    else entries.set(name, entry);
  }
  return {key: ours.key, value: {...ours.value, entries}};
}

function duplicate(section: string, name: string, entry: MapEntry, earlier: MapEntry) {
  return {
    code: 'duplicate-name' as const,
    message: `\`${section}.${name}\` is declared in two files`,
    at: entry.key,
    related: [{message: 'also declared here', at: earlier.key}],
    help: 'rename one of the two',
  };
}

function textOf(node: YamlNode | undefined): (ScalarNode & {readonly value: string}) | undefined {
  return node?.type === 'scalar' && typeof node.value === 'string' ? {...node, value: node.value} : undefined;
}
