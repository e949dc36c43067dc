import type {SkipReason} from '../../schemas/failure.ts';
import type {Resources} from '../../schemas/plan.ts';
import type {Gpu} from '../hardware/gpus.ts';
import type {Admission, Admitted} from './admission.ts';

/** Where a stage waits until the machine has room for it: its share, from the start of its process to its end. */
export interface AdmissionSlot {
  /** Resolves when it may start; with a reason when it may not any more. */
  enter(): Promise<SkipReason | undefined>;
  /** Its own, while it is in. */
  gpus(): readonly Gpu[];
  /** May be called again, and without having entered. */
  leave(): void;
}

export function slotFor(
  resources: Resources,
  admission: Admission,
  whyStopped: () => SkipReason | undefined,
): AdmissionSlot {
  let share: Admitted | undefined;
  return {
    async enter() {
      share = await admission.enter(resources);
      return whyStopped();
    },
    gpus: () => share?.gpus ?? [],
    leave() {
      share?.leave();
      share = undefined;
    },
  };
}
