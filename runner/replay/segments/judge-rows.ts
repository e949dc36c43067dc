import {createHash} from 'node:crypto';
import type {Digest} from '../../../schemas/digest.ts';
import type {Segment} from '../../../schemas/segments.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {ByteFile} from '../../compare/byte-file.ts';
import {NotReadableSo} from '../../compare/not-readable-so.ts';
import {linesOf} from '../../compare/text/lines.ts';

/** Of a log in JSON Lines whose rows name their step. */
const LONGEST_ROW = 2 ** 24;

/** A log as the record has it, and as the segments gave it. */
export interface LogPair {
  readonly recorded: Digest | null;
  readonly found: Digest | null;
}

/** The segments whose rows of a log are not the recorded ones, to the byte and in their order. */
export async function differingRows(
  {recorded, found}: LogPair,
  segments: readonly Segment[],
  reader: ArtifactReader,
): Promise<ReadonlySet<number>> {
  if (recorded === null && found === null) return new Set();
  const before = await rowHashes(recorded, segments, reader);
  const after = await rowHashes(found, segments, reader);
  return new Set(segments.flatMap(({index}) => (before.get(index) === after.get(index) ? [] : [index])));
}

/** By the segment's number, the hash of its rows; a log that is none has no rows of any. */
async function rowHashes(
  log: Digest | null,
  segments: readonly Segment[],
  reader: ArtifactReader,
): Promise<ReadonlyMap<number, string>> {
  const hashes = new Map(segments.map(({index}) => [index, createHash('sha256')]));
  if (log !== null) {
    using file = new ByteFile(await reader.file('a log', log).path());
    const bySteps = segmentsByStep(segments);
    try {
      for (const {bytes} of linesOf(file, LONGEST_ROW)) {
        const index = bySteps(stepOf(bytes));
        if (index !== undefined) hashes.get(index)?.update(bytes).update('\n');
      }
    } catch (error) {
      if (!(error instanceof NotReadableSo)) throw error;
    }
  }
  return new Map([...hashes].map(([index, hash]) => [index, hash.digest('hex')]));
}

function segmentsByStep(segments: readonly Segment[]): (step: number | undefined) => number | undefined {
  return (step) =>
    step === undefined
      ? undefined
      : segments.find(({after, steps}) => step > after && step <= after + steps)?.index;
}

function stepOf(bytes: Buffer): number | undefined {
  try {
    const row = JSON.parse(bytes.toString('utf8')) as {readonly step?: unknown};
    return typeof row?.step === 'number' ? row.step : undefined;
  } catch {
    return undefined;
  }
}
