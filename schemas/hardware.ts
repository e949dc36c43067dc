import type {Digest} from './digest.ts';

/**
 * The facts that must match for equal bits to be expected, for a stage that uses `threads`
 * CPU threads and `gpus` GPUs. Sorted, flat, strings only: two classes differ in named facts.
 */
export type HardwareFacts = Readonly<Record<string, string>>;

export interface HardwareClass {
  /** Of the canonical JSON of `facts`. */
  readonly digest: Digest;
  readonly facts: HardwareFacts;
}
