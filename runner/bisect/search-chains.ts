import type {ChainProbe} from '../../schemas/bisection.ts';
import {ByteFile} from '../compare/byte-file.ts';
import {pathsOf} from '../compare/compare-files.ts';
import type {FileSide} from '../compare/compared-files.ts';
import {firstDivergence} from '../compare/trace/first-divergence.ts';
import {openTrace} from '../compare/trace/open-trace.ts';

/** Which chains the binary search compared; undefined where one of the traces can't be read or trusted. */
export async function searchChains(a: FileSide, b: FileSide): Promise<readonly ChainProbe[] | undefined> {
  const found = await pathsOf(a, b);
  if ('why' in found) return undefined;
  using fileA = new ByteFile(found.paths[0]);
  using fileB = new ByteFile(found.paths[1]);
  const [traceA, traceB] = [await openTrace(fileA), await openTrace(fileB)];
  if (!traceA.ok || !traceB.ok) return undefined;
  const [left, right] = [traceA.value, traceB.value];
  const asked: number[] = [];
  const watched = {
    header: right.header,
    steps: right.steps,
    read(index: number) {
      asked.push(index);
      return right.read(index);
    },
  };
  const divergence = firstDivergence(left, watched);
  // What is read after the search is what differs, to be told.
  const probes = 'probes' in divergence ? divergence.probes : asked.length;
  return asked
    .slice(0, probes)
    .map((index) => ({step: index + 1, equal: left.read(index).chain === right.read(index).chain}));
}
