import type {Json} from '../../schemas/canonical-json.ts';
import {check, type SchemaIssue} from '../../schemas/check.ts';
import {isName} from '../../schemas/names.ts';
import {type ParamSpec, paramSpec} from '../../schemas/param.ts';
import {
  type EnvironmentDefinition,
  environment,
  type PipelineHeader,
  pipelineHeader,
  type Section as SectionName,
  type SourceDefinition,
  source,
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
import {readSource} from './read-source.ts';
import {childOf, entriesOf, type MapNode, type SourceNode, toJson} from './source-node.ts';

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
  readonly params: Section<ParamSpec>;
  readonly environments: Section<EnvironmentDefinition>;
  readonly sources: Section<SourceDefinition>;
  readonly stages: Section<StageDefinition>;
  /** Every file read, absolute. */
  readonly files: readonly string[];
}

export interface Section<T> {
  readonly entries: ReadonlyMap<string, Located<T>>;
  /** Names whose entries are wrong, and reported: what refers to them is not wrong for that. */
  readonly broken: ReadonlySet<string>;
}

export interface Located<T> {
  readonly definition: T;
  readonly node: SourceNode;
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
    params: section(root, 'params', (json) => check(paramSpec, json), problems),
    environments: section(root, 'environments', (json) => check(environment, json), problems),
    sources: section(root, 'sources', (json) => check(source, json), problems),
    stages: section(root, 'stages', (json) => check(stageDefinition, json), problems),
    files: seen,
  };
}

function readMap(path: string, files: FileReader, problems: Problems): MapNode | undefined {
  const source = readSource(files, path);
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
  const checked = check(pipelineHeader, toJson(root));
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
function section<T>(root: MapNode, name: SectionName, check: Check<T>, problems: Problems): Section<T> {
  const entries = new Map<string, Located<T>>();
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
