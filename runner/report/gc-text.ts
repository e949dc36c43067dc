import type {Garbage, Heap} from '../../artifacts/upkeep/garbage-count.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

export interface GcText {
  readonly store: string;
  readonly garbage: Garbage;
  /** What was kept for its own sake: `pins`, `publications`, `3 runs of /project`. */
  readonly roots: readonly string[];
  readonly graceDays: number;
}

export function gcText({store, garbage, roots, graceDays}: GcText, style: Style): string {
  const {receipts, objects, packs, partial, young, kept, outcome} = garbage;
  const parts = [
    heapText(objects, 'object'),
    heapText(packs, 'pack'),
    heapText(receipts, 'result'),
    heapText(partial, 'broken-off download'),
  ].filter((part) => part !== undefined);
  return joinLines([
    style.bold(store),
    `  garbage    ${parts.length === 0 ? 'none' : parts.join(' · ')}`,
    `  too young  ${heapText(young, 'object') ?? 'none'}${young.count > 0 ? `, younger than ${plural(graceDays, 'day')}` : ''}`,
    `  kept       ${heapText(kept, 'object') ?? 'none'}`,
    `  for        ${roots.join(', ')}`,
    outcomeText(outcome, parts.length > 0),
    '',
  ]);
}

function heapText({count, bytes}: Heap, noun: string): string | undefined {
  return count === 0 ? undefined : `${plural(count, noun)}, ${bytesText(bytes)}`;
}

function outcomeText(outcome: Garbage['outcome'], some: boolean): string {
  if (outcome === 'deleted') return some ? 'the garbage is deleted' : 'there was nothing to delete';
  if (outcome === 'counted')
    return some ? 'nothing was deleted; --delete does it' : 'there is nothing to delete';
  const who = outcome.by.length === 0 ? '' : ` (process ${outcome.by.join(', ')})`;
  return `somebody used the store meanwhile${who}: what is above was not all deleted; run it again when they are done`;
}
