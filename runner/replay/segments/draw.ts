import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../../schemas/digest.ts';
import type {Ranked} from '../../../schemas/segments.ts';

/**
 * The draw, in a form that anybody can check without this program. A segment's rank is the SHA-256 of one line of text:
 *
 *     printf '%s' '["repro segments v1","sha256:PUBLICATION","SEED","STAGE",INDEX]' | sha256sum
 *
 * and the k lowest of N ranks, as text, are done again. Whole stages are ranked alike, with `null` for INDEX. The
 * publication is in it so that a seed that was used before says nothing of this run, and so the author can't know the
 * draw: whoever changes a published byte has another publication. SEED must not be known to the author when the run is
 * published: an auditor names it, or it is `sha256:` and the digest of a beacon's bytes of a later day.
 */
export const DRAW_METHOD = 'repro segments v1';

export interface DrawKey {
  readonly publication: Digest;
  readonly seed: string;
}

export interface Drawable {
  readonly stage: string;
  /** Null for a whole stage. */
  readonly index: number | null;
}

/** The text whose hash is the rank. */
export function drawText({publication, seed}: DrawKey, {stage, index}: Drawable): string {
  return canonicalJson([DRAW_METHOD, publication, seed, stage, index]);
}

export function rankOf(key: DrawKey, item: Drawable): string {
  return hexOf(digestOfBytes(drawText(key, item)));
}

/** All, the lowest rank first: what is drawn is a beginning of it. */
export function ranked(key: DrawKey, items: readonly Drawable[]): readonly Ranked[] {
  return items
    .map(({stage, index}) => ({stage, index, rank: rankOf(key, {stage, index})}))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

/** How many of `of` segments a budget buys: at most its share of them, and one at least. */
export function drawnCount(budgetPercent: number, of: number): number {
  // 15 % of 20 is 3, whatever a float makes of it.
  const share = Math.floor((of * budgetPercent) / 100 + 1e-9);
  return Math.min(of, Math.max(1, share));
}

/** Whole stages in the order of their ranks, each that still fits what the budget leaves of their seconds. */
export function drawnStages(
  inOrder: readonly Ranked[],
  secondsOf: (stage: string) => number,
  budgetPercent: number,
): readonly Ranked[] {
  let left = (inOrder.reduce((sum, {stage}) => sum + secondsOf(stage), 0) * budgetPercent) / 100 + 1e-9;
  return inOrder.filter(({stage}) => {
    const seconds = secondsOf(stage);
    if (seconds > left) return false;
    left -= seconds;
    return true;
  });
}
