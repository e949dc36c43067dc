import type {SkipReason} from '../../schemas/failure.ts';
import type {Resources} from '../../schemas/plan.ts';
import type {Admission} from './admission.ts';

/** Where a stage waits until the machine has room for it: its share, from the start of its process to its end. */
export interface AdmissionSlot {
  /** Resolves when it may start; with a reason when it may not any more. */
  enter(): Promise<SkipReason | undefined>;
  /** May be called again, and without having entered. */
  leave(): void;
}

export function slotFor(
  resources: Resources,
  admission: Admission,
  whyStopped: () => SkipReason | undefined,
): AdmissionSlot {
  let leave: (() => void) | undefined;
  return {
    async enter() {
      leave = await admission.enter(resources);
      return whyStopped();
    },
    leave() {
      leave?.();
      leave = undefined;
    },
  };
}
