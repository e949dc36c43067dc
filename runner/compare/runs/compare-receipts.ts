import type {Receipt} from '../../../schemas/receipt.ts';
import type {ReceiptComparison} from '../../../schemas/run-comparison.ts';
import type {ReadingRoom} from '../reading-room.ts';
import {compareResults, divergenceOf} from './compare-results.ts';
import {findCauses} from './find-causes.ts';
import {lookInto} from './look-into-causes.ts';

/** Two results of a stage: what went in differently, and what came out differently. */
export function isSameReceipts({results: {outputs, values, metrics}, trace}: ReceiptComparison): boolean {
  const isSameTrace = trace === undefined || trace.kind === 'equal';
  return outputs.length + values.length === 0 && metrics === undefined && isSameTrace;
}

export async function compareReceipts(a: Receipt, b: Receipt, room: ReadingRoom): Promise<ReceiptComparison> {
  const trace = await divergenceOf(a, b, room);
  return {
    kind: 'receipts',
    causes: await lookInto(findCauses(a, b), room),
    results: await compareResults(a, b, room, true),
    seconds: [a.execution.seconds, b.execution.seconds],
    ...(trace !== undefined && {trace}),
  };
}
