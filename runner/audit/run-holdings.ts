import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {objectKey} from '../../artifacts/bucket/bucket-layout.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {PlannedSource} from '../../schemas/plan.ts';
import {traceOf} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {inputsOf} from './check-graph.ts';
import {doneStages} from './done-stages.ts';
import type {Holding} from './promised-bytes.ts';

/** Outputs, logs, metrics and traces of every stage that has a result. */
export function resultHoldings(record: RunRecord2): readonly Holding[] {
  return doneStages(record).flatMap(({name, receipt}) => [
    ...Object.entries(receipt.outputs).map(
      ([output, artifact]): Holding => ({check: 'artifacts', name: `${name}.${output}`, artifact}),
    ),
    ...unsized(`the log of ${name}`, receipt.execution.log),
    ...unsized(`the metrics of ${name}`, receipt.execution.metrics),
    ...unsized(`the trace of ${name}`, traceOf(receipt)),
  ]);
}

function unsized(name: string, digest: Digest | null): readonly Holding[] {
  return digest === null ? [] : [{check: 'logs', name, artifact: {type: 'unsized', digest}}];
}

export type UsedSource = PlannedSource & {readonly digest: Digest};

/** The sources that the run read. Their bytes may be here or where the pipeline says. */
export function usedSources(
  record: RunRecord2,
  sources: ReadonlyMap<string, PlannedSource>,
): readonly UsedSource[] {
  const read = new Set(
    doneStages(record).flatMap(({receipt}) => inputsOf(receipt).map(({digest}) => digest)),
  );
  return [...sources.values()].flatMap((source) =>
    source.digest !== undefined && read.has(source.digest) ? [{...source, digest: source.digest}] : [],
  );
}

const BEGINNING = Buffer.from('{"entries":[');

/**
 * Whether a source in the bucket is a tree: of a file of its author's the pipeline does not say. A tree's object is
 * its manifest, which nothing else is by accident.
 */
export async function isTree(bucket: ReadableBucket, digest: Digest): Promise<boolean> {
  const key = objectKey(digest);
  if (((await bucket.size(key)) ?? 0) < BEGINNING.length) return false;
  const reading = await bucket.get(key, {from: 0, to: BEGINNING.length});
  if (reading === undefined) return false;
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.chunks) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).equals(BEGINNING);
}

export function sourceHolding({name, type, digest}: UsedSource): Holding {
  const artifact = type === 'tree' ? {type, digest, size: 0, files: 0} : ({type: 'unsized', digest} as const);
  return {check: 'pins', name, artifact, mayBeElsewhere: true};
}
