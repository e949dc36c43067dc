import type {TreeArtifact} from '../../schemas/artifact.ts';
import type {PartDifference} from '../../schemas/bisection.ts';
import {TRACE_PARTS, type TracePart} from '../../schemas/trace.ts';
import type {ArtifactReader} from '../compare/artifact-reader.ts';
import {compareFiles} from '../compare/compare-files.ts';
import type {FileSide} from '../compare/compared-files.ts';

/** What a step looked at on both sides, tensor by tensor, in the order in which a step computes. */
export async function compareLookedAt(
  a: TreeArtifact,
  b: TreeArtifact,
  step: number,
  reader: ArtifactReader,
): Promise<{readonly parts: readonly PartDifference[]; readonly equal: readonly TracePart[]}> {
  const [before, after] = [await filesOf(a, step, reader), await filesOf(b, step, reader)];
  const parts: PartDifference[] = [];
  const equal: TracePart[] = [];
  for (const part of TRACE_PARTS) {
    const [x, y] = [before.get(part), after.get(part)];
    if (x === undefined || y === undefined) continue;
    const comparison = await compareFiles(x, y);
    const isEqual =
      comparison.kind === 'same' || (comparison.kind === 'tensors' && comparison.verdict === 'metadata-only');
    if (isEqual) equal.push(part);
    else parts.push({part, comparison});
  }
  return {parts, equal};
}

async function filesOf(
  {digest}: TreeArtifact,
  step: number,
  reader: ArtifactReader,
): Promise<ReadonlyMap<string, FileSide>> {
  const tree = await reader.tree(digest);
  const folder = `looked-at/${String(step).padStart(8, '0')}/`;
  return new Map(
    tree.entries
      .filter(({path}) => path.startsWith(folder))
      .map((entry) => [entry.path.slice(folder.length).replace(/\.[a-z]+$/, ''), tree.file(entry)]),
  );
}
