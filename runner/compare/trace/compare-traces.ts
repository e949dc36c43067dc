import type {TraceDivergence} from '../../../schemas/trace.ts';
import {ByteFile} from '../byte-file.ts';
import {pathsOf} from '../compare-files.ts';
import type {FileSide} from '../compared-files.ts';
import {firstDivergence, type Knowledge} from './first-divergence.ts';
import {openTrace} from './open-trace.ts';

/** Two traces as files: both verified whole, then searched. */
export async function compareTraces(
  a: FileSide,
  b: FileSide,
  knowledge: Knowledge = {},
): Promise<TraceDivergence> {
  const found = await pathsOf(a, b);
  if ('why' in found) return {kind: 'unread', why: found.why};
  using fileA = new ByteFile(found.paths[0]);
  using fileB = new ByteFile(found.paths[1]);
  const traceA = await openTrace(fileA);
  if (!traceA.ok) return {kind: 'refused', side: 'a', ...traceA.error};
  const traceB = await openTrace(fileB);
  if (!traceB.ok) return {kind: 'refused', side: 'b', ...traceB.error};
  return firstDivergence(traceA.value, traceB.value, knowledge);
}
