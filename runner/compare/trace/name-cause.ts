import type {TraceCause, TracePart} from '../../../schemas/trace.ts';

export interface Symptoms {
  readonly step: number;
  /** Which parts differ at the first step where any does. */
  readonly differing: ReadonlySet<TracePart>;
  /** Which parts both have at that step. */
  readonly present: ReadonlySet<TracePart>;
  /** Whether all was equal before that step. At the first step only receipts can say so; undefined: nobody does. */
  readonly equalBefore: boolean | undefined;
  /** Whether the parameters right before it are known to be equal. */
  readonly equalParameters: boolean;
}

export interface NamedCause {
  readonly cause: TraceCause;
  /** What the trace alone can't rule out. */
  readonly alternatives: readonly TraceCause[];
}

/**
 * From which parts differ to what may have happened. A step reads data (cursor, batch), draws (rng, rollout), computes
 * (loss, gradient) and updates (optimizer, parameters): a part that differs while all before it are equal is where the
 * cause is. What comes before the step was equal whenever the step before was.
 */
export function nameCause({step, differing, present, equalBefore, equalParameters}: Symptoms): NamedCause {
  const differs = (...parts: readonly TracePart[]) => parts.some((part) => differing.has(part));
  const start = hiddenStart(equalBefore, equalParameters);
  if (differing.size === 0) return {cause: 'reported-number', alternatives: []};
  if (step === 1 && differs('rng')) return {cause: 'seed', alternatives: ['random-state', ...start]};
  if (differs('cursor')) return {cause: 'data-order', alternatives: differs('rng') ? ['random-state'] : []};
  if (differs('rng')) return {cause: 'random-state', alternatives: drawsFrom(differing)};
  // What a rollout says is part of the batch that it becomes: only without it is the batch to blame.
  if (differs('batch') && !differs('rollout')) return {cause: 'batch', alternatives: []};
  if (equalBefore === false) return {cause: 'other-start', alternatives: []};
  if (differs('rollout')) return {cause: 'sampling', alternatives: [...start, 'arithmetic']};
  const isForward = differs('loss') && !present.has('gradient');
  if (differs('gradient') || isForward) return {cause: 'arithmetic', alternatives: start};
  if (differs('optimizer')) return {cause: 'optimizer-state', alternatives: start};
  if (differs('parameters', 'saved')) return {cause: 'parameter-update', alternatives: start};
  return {cause: 'reported-number', alternatives: ['arithmetic']};
}

/** More may be drawn because something else was different, and not the other way round. */
function drawsFrom(differing: ReadonlySet<TracePart>): readonly TraceCause[] {
  if (differing.has('rollout')) return ['sampling'];
  return differing.has('batch') ? ['batch'] : [];
}

/** What may have been wrong already and shows only now. */
function hiddenStart(equalBefore: boolean | undefined, equalParameters: boolean): readonly TraceCause[] {
  if (equalBefore !== true) return ['other-start'];
  return equalParameters ? [] : ['parameter-update'];
}
