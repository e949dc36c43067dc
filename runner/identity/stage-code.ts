import type {StatIndex} from '../../artifacts/files/stat-index.ts';
import {describeIngestFailure} from '../../artifacts/ingest-failure.ts';
import {digestTree, type TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

/** Files that can't change what a stage does: editing a README must not retrain a model. */
const NOT_CODE = [
  /(^|\/)README\.md$/,
  /(^|\/)test_[^/]*\.py$/,
  /(^|\/)tests\/$/,
  /(^|\/)__pycache__\/$/,
  /\.pyc$/,
  /(^|\/)\.[^/]+\/?$/,
];

/**
 * The code of a stage folder (or of the SDK) as a tree: everything in it but what `NOT_CODE` names.
 * Its digest is in the key, so a changed line is a new key and a changed README is not.
 */
export function stageCode(folder: string, index: StatIndex): Result<TreeDigest, string> {
  const tree = digestTree(folder, {index, include: isCode});
  return tree.ok ? ok(tree.value) : err(`${folder}: ${describeIngestFailure(tree.error)}`);
}

/** `path` is relative; a directory ends with a slash. */
export function isCode(path: string): boolean {
  return !NOT_CODE.some((pattern) => pattern.test(path));
}
