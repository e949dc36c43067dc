import type {Digest} from '../../schemas/digest.ts';
import type {ReceiptStore} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import type {StoreError} from '../store-error.ts';

/** What a tier reads of the store behind it. There is nothing here to write with. */
export interface FarStore {
  /** For people. */
  readonly name: string;
  readonly artifacts: Pick<ArtifactStore, 'missing' | 'read' | 'learn'>;
  /** `classes`: those that are asked for by name, first. */
  readonly receipts: Pick<ReceiptStore, 'lookup'>;
}

/** Copies objects from the far store into the near one; what can't be had is returned. */
export type Fetch = (digests: readonly Digest[]) => Promise<readonly StoreError[]>;
