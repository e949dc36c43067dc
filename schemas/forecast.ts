import type {Digest} from './digest.ts';
import type {StageName} from './names.ts';
import type {KeyDocument, Receipt} from './receipt.ts';

/** What a run would do with a stage, as far as it can be known without running. */
export type StageForecast =
  | {readonly will: 'reuse'; readonly key: Digest; readonly document: KeyDocument; readonly receipt: Receipt}
  | {readonly will: 'run'; readonly key: Digest; readonly document: KeyDocument; readonly why: RunReason}
  /** Its key depends on what stages before it will give: should that be what they gave before, it is reused. */
  | {readonly will: 'wait'; readonly on: readonly StageName[]};

export type RunReason = 'never-ran' | 'never-ran-on-this-hardware' | 'never-reused' | 'bytes-are-gone';
