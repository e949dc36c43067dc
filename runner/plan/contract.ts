import {basename, dirname, join, resolve} from 'node:path';
import {checkJson} from '../../schemas/check.ts';
import {isName} from '../../schemas/names.ts';
import {type StageContract, stageContract} from '../../schemas/stage-contract.ts';
import type {FileReader} from '../load/file-reader.ts';
import {issueProblem} from '../load/issue-words.ts';
import {parseYaml} from '../load/parse-yaml.ts';
import type {Problem, Problems} from '../load/problems.ts';
import {readTextFile} from '../load/read-text-file.ts';
import type {TextSpan} from '../load/text-file.ts';
import {keySpanAt, spanAt, toJson, type YamlNode} from '../load/yaml-node.ts';
import {suggestion} from '../words/suggest.ts';
import {commandProblems} from './command.ts';
import {objectionTo} from './param-value.ts';
import {traceProblems} from './trace-contract.ts';

/** The contract of a stage folder, read once however many stages use it. */
export interface LoadedContract {
  readonly contract: StageContract;
  readonly kind: string;
  /** Absolute. */
  readonly folder: string;
}

export interface Contracts {
  /** @returns undefined when it is wrong, and reported */
  of(uses: string, at: TextSpan): LoadedContract | undefined;
  /** Every stage.yaml read, absolute. */
  files(): readonly string[];
}

export interface ContractOptions {
  readonly stagesDirectory: string;
  readonly files: FileReader;
  readonly problems: Problems;
}

export function contractLibrary(options: ContractOptions): Contracts {
  const known = new Map<string, LoadedContract | undefined>();
  return {
    of(uses, at) {
      const folder = folderOf(uses, at, options);
      if (folder === undefined) return undefined;
      if (!known.has(folder)) known.set(folder, readContract(folder, options));
      return known.get(folder);
    },
    files: () => [...known.keys()].map((folder) => join(folder, 'stage.yaml')),
  };
}

/** A name is a built-in kind; a path is relative to the file that says so. */
function folderOf(
  uses: string,
  at: TextSpan,
  {stagesDirectory, files, problems}: ContractOptions,
): string | undefined {
  const builtIn = isName(uses);
  const folder = builtIn ? join(stagesDirectory, uses) : resolve(dirname(at.file.path), uses);
  const path = /^\.{1,2}(\/|$)/.test(uses);
  if ((builtIn || path) && files.kindOf(join(folder, 'stage.yaml')) === 'file') return folder;
  problems.report({...noSuchKind(uses, builtIn, path, kindsIn(stagesDirectory, files)), at});
  return undefined;
}

function kindsIn(directory: string, files: FileReader): readonly string[] {
  return files
    .list(directory)
    .filter((name) => isName(name) && files.kindOf(join(directory, name, 'stage.yaml')) === 'file');
}

function noSuchKind(uses: string, builtIn: boolean, path: boolean, kinds: readonly string[]): Problem {
  if (path) {
    const help = 'a path is relative to the file that names it, and leads to a folder with a stage.yaml';
    return {code: 'unknown-kind', message: `there is no stage folder at ${uses}`, help};
  }
  const none = 'there are no built-in kinds here: name a folder, such as ./my-stage';
  const help = builtIn
    ? suggestion(uses, kinds, none)
    : 'write a kind such as sft, or a path such as ./my-stage';
  return {code: 'unknown-kind', message: `there is no kind of stage called \`${uses}\``, help};
}

function readContract(folder: string, {files, problems}: ContractOptions): LoadedContract | undefined {
  const source = readTextFile(files, join(folder, 'stage.yaml'));
  if ('code' in source) {
    problems.report(source);
    return undefined;
  }
  const root = parseYaml(source.file, problems);
  if (!root) return undefined;
  const checked = checkJson(stageContract, toJson(root));
  if (checked.ok) return soundContract(checked.value, folder, root, problems);
  for (const issue of checked.error) problems.report(issueProblem(issue, root, []));
  return undefined;
}

function soundContract(contract: StageContract, folder: string, root: YamlNode, problems: Problems) {
  const found = [
    ...kindProblems(contract, folder, root),
    ...defaultProblems(contract, root),
    ...commandProblems(contract, root),
    ...traceProblems(contract, root),
  ];
  for (const problem of found) problems.report(problem);
  return found.length > 0 ? undefined : {contract, kind: contract.kind, folder};
}

function kindProblems({kind}: StageContract, folder: string, root: YamlNode): Problem[] {
  if (kind === basename(folder)) return [];
  const message = `the kind is called \`${kind}\`, but its folder \`${basename(folder)}\``;
  return [{code: 'bad-contract', message, at: spanAt(root, ['kind']), help: 'give both the same name'}];
}

function defaultProblems({params}: StageContract, root: YamlNode): Problem[] {
  return Object.entries(params).flatMap(([name, spec]) => {
    if (spec.default === undefined) return [];
    const objection = objectionTo(spec, spec.default, `the default of \`${name}\``);
    return objection ? [{...objection, at: keySpanAt(root, ['params', name, 'default'])}] : [];
  });
}
