import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
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
