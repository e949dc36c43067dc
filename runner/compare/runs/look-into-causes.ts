import type {FieldDifference, TreeComparison} from '../../../schemas/comparison.ts';
import {isDigest} from '../../../schemas/digest.ts';
import type {Cause} from '../../../schemas/run-comparison.ts';
import type {ArtifactReader} from '../artifact-reader.ts';
import {compareTrees} from '../trees/compare-trees.ts';
import {compareLocks} from './compare-locks.ts';

const MOST_LOCK_BYTES = 32 * 2 ** 20;

/** Which files of the code and which packages, where the store has what the digests name. */
export async function lookInto(causes: readonly Cause[], reader: ArtifactReader): Promise<readonly Cause[]> {
  return Promise.all(causes.map((cause) => lookIntoOne(cause, reader)));
}

async function lookIntoOne(cause: Cause, reader: ArtifactReader): Promise<Cause> {
  if (cause.class === 'code') {
    const trees = await treesOf(cause.differences, reader);
    return Object.keys(trees).length === 0 ? cause : {...cause, trees};
  }
  const lock = cause.differences.find(({path}) => path === 'environment.lock');
  if (cause.class !== 'environment' || lock === undefined) return cause;
  const packages = await packagesOf(lock, reader);
  return packages === undefined ? cause : {...cause, packages};
}

async function treesOf(differences: readonly FieldDifference[], reader: ArtifactReader) {
  const trees: Record<string, TreeComparison> = {};
  for (const {path, before, after} of differences) {
    if (!isDigest(before) || !isDigest(after) || !(await reader.has(before, after))) continue;
    const compared = await compareTrees(await reader.tree(before), await reader.tree(after));
    if (compared.kind === 'tree') trees[path] = compared;
  }
  return trees;
}

async function packagesOf({before, after}: FieldDifference, reader: ArtifactReader) {
  if (!isDigest(before) || !isDigest(after) || !(await reader.has(before, after))) return undefined;
  const texts = await Promise.all(
    [before, after].map(async (digest) =>
      Buffer.from(await reader.bytes(digest, MOST_LOCK_BYTES)).toString('utf8'),
    ),
  );
  return compareLocks(texts[0] ?? '', texts[1] ?? '');
}
