import {byCodeUnit} from '../../schemas/canonical-json.ts';
import type {HardwareClass} from '../../schemas/hardware.ts';
import type {ReusePolicy} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';

/**
 * Which recorded result of this key may stand for a new execution here. One of the same hardware class
 * is always preferred; another's only where the stage says that any will do.
 */
export function chooseReceipt(
  receipts: readonly Receipt[],
  reuse: ReusePolicy,
  here: HardwareClass,
): Receipt | undefined {
  if (reuse === 'none') return undefined;
  const same = receipts.find((receipt) => receipt.hardware.digest === here.digest);
  if (same !== undefined || reuse === 'same-class') return same;
  return [...receipts].sort((a, b) => byCodeUnit(a.hardware.digest, b.hardware.digest))[0];
}
