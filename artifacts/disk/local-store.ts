import type {StoreLayout} from '../layout.ts';
import type {ReceiptStore} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import type {Intake} from './intake.ts';

/** A store in a folder of this machine, open for one process: what it offers to those who work on its files. */
export interface OpenStore {
  readonly layout: StoreLayout;
  readonly artifacts: ArtifactStore;
  readonly receipts: ReceiptStore;
  /** Takes in what comes from another store. */
  intake(): Intake;
  /** Remembers which objects were verified. Nothing else depends on it: a killed process loses nothing. */
  close(): Promise<void>;
}
