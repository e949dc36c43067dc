import {checkJson} from '../../schemas/check.ts';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type StoreFile, storeFile} from '../../schemas/store-file.ts';
import type {FileReader} from '../load/file-reader.ts';
import {issueProblem} from '../load/issue-words.ts';
import {parseYaml} from '../load/parse-yaml.ts';
import {collectProblems} from '../load/problems.ts';
import {readTextFile} from '../load/read-text-file.ts';
import {toJson} from '../load/yaml-node.ts';

/** The user's stores. No file, no stores; a wrong one is an error with its place, as in a pipeline. */
export function readStoreFile(path: string, files: FileReader): Result<StoreFile, readonly Diagnostic[]> {
  if (files.kindOf(path) === 'missing') return ok({stores: {}});
  const problems = collectProblems(path);
  const source = readTextFile(files, path);
  if ('code' in source) {
    problems.report(source);
    return err(problems.errors());
  }
  const root = parseYaml(source.file, problems);
  if (!root) return err(problems.errors());
  const checked = checkJson(storeFile, toJson(root));
  if (checked.ok && problems.errors().length === 0) return ok(checked.value);
  if (!checked.ok) for (const issue of checked.error) problems.report(issueProblem(issue, root, []));
  return err(problems.errors());
}
