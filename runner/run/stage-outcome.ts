import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
import type {StageName} from '../../schemas/names.ts';
import type {Receipt} from '../../schemas/receipt.ts';

/**
 * How one stage ended.
 *
 *   ready ─► identified ─┬─► cached
 *                        └─► admitted ─► running ─► executed
 *   every state may end in `skipped` or `failed` instead; all four ends are final.
 */
export type StageOutcome =
  | {readonly state: 'cached' | 'executed'; readonly receipt: Receipt}
  | {readonly state: 'failed'; readonly failure: StageFailure; readonly kept: string | null}
  | {readonly state: 'skipped'; readonly reason: SkipReason};

export function receiptOfOutcome(outcome: StageOutcome | undefined): Receipt | undefined {
  return outcome !== undefined && 'receipt' in outcome ? outcome.receipt : undefined;
}

/** The results of the stages that have one. */
export function receiptsOfOutcomes(
  outcomes: ReadonlyMap<StageName, StageOutcome>,
): ReadonlyMap<StageName, Receipt> {
  return new Map(
    [...outcomes].flatMap(([name, outcome]) =>
      'receipt' in outcome ? [[name, outcome.receipt] as const] : [],
    ),
  );
}
