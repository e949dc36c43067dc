import type {Json} from '../../schemas/canonical-json.ts';
import {checkJson, type SchemaIssue} from '../../schemas/check.ts';
import {isName} from '../../schemas/names.ts';
import {type ParamSpec, paramSpec} from '../../schemas/param.ts';
import {
  type EnvironmentDefinition,
  environmentDefinition,
  type PipelineHeader,
  pipelineHeader,
  type SectionName,
  type SourceDefinition,
  sourceDefinition,
} from '../../schemas/pipeline.ts';
import {type StageDefinition, stageDefinition} from '../../schemas/pipeline-stage.ts';
import type {Result} from '../../schemas/result.ts';
import type {FileReader} from './file-reader.ts';
import {mergeIncludes} from './include.ts';
import {issueProblem} from './issue-words.ts';
import {applyOverrides} from './override.ts';
import {parseYaml} from './parse-yaml.ts';
import type {Problems} from './problems.ts';
import {applyProfile} from './profile.ts';
import {readTextFile} from './read-text-file.ts';
import {childOf, entriesOf, type MapNode, toJson, type YamlNode} from './yaml-node.ts';

/** A pipeline as written, profile and overrides laid over it; every entry of the right shape. */
export interface LoadedDocument {
  readonly root: MapNode;
  readonly name: string;
  readonly license: string | undefined;
  readonly description: string | undefined;
  readonly authors: PipelineHeader['authors'];
  readonly citation: Json | undefined;
  readonly store: string | undefined;
  readonly seed: number;
  readonly portable: boolean;
  readonly profile: string;
  readonly profiles: readonly string[];
  readonly params: DocumentSection<ParamSpec>;
  readonly environments: DocumentSection<EnvironmentDefinition>;
  readonly sources: DocumentSection<SourceDefinition>;
  readonly stages: DocumentSection<StageDefinition>;
  /** Every file read, absolute. */
  readonly files: readonly string[];
}

export interface DocumentSection<T> {
  readonly entries: ReadonlyMap<string, LocatedEntry<T>>;
  /** Names whose entries are wrong, and reported: what refers to them is not wrong for that. */
  readonly broken: ReadonlySet<string>;
}

export interface LocatedEntry<T> {
  readonly definition: T;
  readonly node: YamlNode;
}

export interface DocumentOptions {
  /** Absolute. */
  readonly file: string;
  readonly profile?: string | undefined;
  readonly overrides: readonly string[];
  readonly files: FileReader;
}

/** @returns undefined when the file can't be read as a map at all; `problems` says why */
export function loadDocument(options: DocumentOptions, problems: Problems): LoadedDocument | undefined {
  const written = readMap(options.file, options.files, problems);
  if (!written) return undefined;
  const seen = [options.file];
  const whole = mergeIncludes(written, options.files, problems, seen);
  const {root: profiled, profile} = applyProfile(whole, options.profile, problems);
  const root = applyOverrides(profiled, options.overrides, problems);
  return {
    ...header(root, problems),
    root,
    profile,
    profiles: [...entriesOf(childOf(root, 'profiles')).keys()],
    params: section(root, 'params', (json) => checkJson(paramSpec, json), problems),
    environments: section(root, 'environments', (json) => checkJson(environmentDefinition, json), problems),
    sources: section(root, 'sources', (json) => checkJson(sourceDefinition, json), problems),
    stages: section(root, 'stages', (json) => checkJson(stageDefinition, json), problems),
    files: seen,
  };
}

function readMap(path: string, files: FileReader, problems: Problems): MapNode | undefined {
  const source = readTextFile(files, path);
  if ('code' in source) {
    problems.report(source);
    return undefined;
  }
  const node = parseYaml(source.file, problems);
  if (!node || node.type === 'map') return node;
  const help = 'start with `repro: 1`, `name: …` and `stages:`';
  problems.report({
    code: 'wrong-shape',
    message: 'a pipeline is a map from keys to values',
    at: node.span,
    help,
  });
  return undefined;
}

/** What is wrong here is reported, and stands in for itself, so that the rest can be checked too. */
function header(root: MapNode, problems: Problems) {
  const checked = checkJson(pipelineHeader, toJson(root));
  if (checked.ok) {
    const {name, license, description, authors, citation, store, seed, portable} = checked.value;
    return {name, license, description, authors, citation, store, seed, portable};
  }
  for (const issue of checked.error) problems.report(issueProblem(issue, root, []));
  return {
    name: 'unnamed',
    license: undefined,
    description: undefined,
    authors: undefined,
    citation: undefined,
    store: undefined,
    seed: 0,
    portable: false,
  };
}

type Check<T> = (json: ReturnType<typeof toJson>) => Result<T, readonly SchemaIssue[]>;

/** Each entry by itself: one that is wrong does not hide what is wrong with the others. */
function section<T>(
  root: MapNode,
  name: SectionName,
  check: Check<T>,
  problems: Problems,
): DocumentSection<T> {
  const entries = new Map<string, LocatedEntry<T>>();
  const broken = new Set<string>();
  for (const [key, {value: node}] of entriesOf(root.entries.get(name)?.value)) {
    if (problems.full()) break;
    const checked = check(toJson(node));
    // A bad name is the header's to report.
    if (checked.ok && isName(key)) entries.set(key, {definition: checked.value, node});
    else broken.add(key);
    if (!checked.ok)
      for (const issue of checked.error) problems.report(issueProblem(issue, root, [name, key]));
  }
  return {entries, broken};
}
