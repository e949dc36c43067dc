import type {FieldDifference, TreeComparison} from '../../../schemas/comparison.ts';
import {isDigest} from '../../../schemas/digest.ts';
import type {Cause} from '../../../schemas/run-comparison.ts';
import type {ReadingRoom} from '../reading-room.ts';
import {compareTrees} from '../trees/compare-trees.ts';
import {compareLocks} from './compare-locks.ts';

const MOST_LOCK_BYTES = 32 * 2 ** 20;

/** Which files of the code and which packages, where the store has what the digests name. */
export async function lookInto(causes: readonly Cause[], room: ReadingRoom): Promise<readonly Cause[]> {
  return Promise.all(causes.map((cause) => lookIntoOne(cause, room)));
}

async function lookIntoOne(cause: Cause, room: ReadingRoom): Promise<Cause> {
  if (cause.class === 'code') {
    const trees = await treesOf(cause.differences, room);
    return Object.keys(trees).length === 0 ? cause : {...cause, trees};
  }
  const lock = cause.differences.find(({path}) => path === 'environment.lock');
  if (cause.class !== 'environment' || lock === undefined) return cause;
  const packages = await packagesOf(lock, room);
  return packages === undefined ? cause : {...cause, packages};
}

async function treesOf(differences: readonly FieldDifference[], room: ReadingRoom) {
  const trees: Record<string, TreeComparison> = {};
  for (const {path, before, after} of differences) {
    if (!isDigest(before) || !isDigest(after) || !(await room.has(before, after))) continue;
    const compared = await compareTrees(await room.tree(before), await room.tree(after));
    if (compared.kind === 'tree') trees[path] = compared;
  }
  return trees;
}

async function packagesOf({before, after}: FieldDifference, room: ReadingRoom) {
  if (!isDigest(before) || !isDigest(after) || !(await room.has(before, after))) return undefined;
  const texts = await Promise.all(
    [before, after].map(async (digest) =>
      Buffer.from(await room.bytes(digest, MOST_LOCK_BYTES)).toString('utf8'),
    ),
  );
  return compareLocks(texts[0] ?? '', texts[1] ?? '');
}
