import type {Receipt} from '../../../schemas/receipt.ts';
import type {ReceiptComparison} from '../../../schemas/run-comparison.ts';
import type {ArtifactReader} from '../artifact-reader.ts';
import {compareResults, divergenceOf} from './compare-results.ts';
import {findCauses} from './find-causes.ts';
import {lookInto} from './look-into-causes.ts';

/** Two results of a stage: what went in differently, and what came out differently. */
export function isSameReceipts({results: {outputs, values, metrics}, trace}: ReceiptComparison): boolean {
  const isSameTrace = trace === undefined || trace.kind === 'equal';
  return outputs.length + values.length === 0 && metrics === undefined && isSameTrace;
}

export async function explainReceipts(
  a: Receipt,
  b: Receipt,
  reader: ArtifactReader,
): Promise<ReceiptComparison> {
  const trace = await divergenceOf(a, b, reader);
  return {
    kind: 'receipts',
    causes: await lookInto(findCauses(a, b), reader),
    results: await compareResults(a, b, reader, true),
    seconds: [a.execution.seconds, b.execution.seconds],
    ...(trace !== undefined && {trace}),
  };
}
