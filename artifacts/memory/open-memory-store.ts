import type {ReceiptStore} from '../receipt-store.ts';
import {MemoryReceipts} from '../receipts/memory-receipts.ts';
import type {ArtifactStore} from '../store.ts';
import {MemoryStore} from './memory-store.ts';

export interface OpenMemoryStore {
  readonly artifacts: ArtifactStore;
  readonly receipts: ReceiptStore;
  close(): Promise<void>;
}

export function openMemoryStore(): OpenMemoryStore {
  const artifacts = new MemoryStore();
  return {artifacts, receipts: new MemoryReceipts(artifacts), close: () => artifacts.close()};
}
