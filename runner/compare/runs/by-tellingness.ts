import {byCodeUnit} from '../../../schemas/canonical-json.ts';
import type {FieldDifference} from '../../../schemas/comparison.ts';

/**
 * Which fact of a machine is most likely to change bits: another GPU model or SM count before another driver, a GPU's
 * before a CPU's, and the instruction set before the vendor and the C library.
 */
const TELLING: readonly RegExp[] = [
  /^gpu\.\d+\.name$/,
  /^gpu\.\d+\.(compute_cap|multiprocessors|sm_count)$/,
  /^gpu\.\d+\.mig/,
  /^gpu\.\d+\.driver/,
  /^(cuda|cudnn|cublas|nccl)/,
  /^gpu\./,
  /^cpu\.level$/,
  /^cpu\.architecture$/,
  /^cpu\.vendor$/,
  /^cpu\./,
  /^libc$/,
];

export function byTellingness(a: FieldDifference, b: FieldDifference): number {
  return rank(a) - rank(b) || byCodeUnit(a.path, b.path);
}

function rank({path}: FieldDifference): number {
  const found = TELLING.findIndex((pattern) => pattern.test(path));
  return found < 0 ? TELLING.length : found;
}
