import type {ReplayCost, TrainingAudit} from '../../../schemas/segments.ts';

/** Of how many forged segments to speak: one, two, five, and a tenth of all. */
export function forgedCounts(of: number): readonly number[] {
  const counts = [1, 2, 5, Math.ceil(of / 10)].filter((count) => count >= 1 && count <= of);
  return [...new Set(counts)].sort((a, b) => a - b);
}

export interface Spent {
  readonly trainings: readonly TrainingAudit[];
  /** Of whole stages, executed here; null for one that was not. */
  readonly stages: readonly (number | null)[];
  readonly recordedAll: number;
  readonly wall: number;
}

export function costOf({trainings, stages, recordedAll, wall}: Spent): ReplayCost {
  const recordedTrainings = sum(trainings.map(({recordedSeconds}) => recordedSeconds));
  const segments = sum(trainings.map(({seconds}) => seconds ?? 0));
  return {
    recordedTrainings,
    recordedAll: sum([recordedAll]),
    segments,
    stages: sum(stages.map((seconds) => seconds ?? 0)),
    wall: sum([wall]),
    ratio: segments > 0 && recordedTrainings > 0 ? segments / recordedTrainings : null,
  };
}

/** Milliseconds are all that was measured. */
function sum(numbers: readonly number[]): number {
  return Math.round(numbers.reduce((total, number) => total + number, 0) * 1000) / 1000;
}
