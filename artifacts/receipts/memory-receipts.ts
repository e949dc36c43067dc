import {byCodeUnit} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {
  compareReceipts,
  type FoundReceipt,
  type PutReceipt,
  type ReceiptLookup,
  type ReceiptStore,
  requireNamedBytes,
} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {encodeReceipt, parseReceipt} from './parse-receipt.ts';

export class MemoryReceipts implements ReceiptStore {
  readonly #byName = new Map<string, Receipt>();
  readonly #artifacts: ArtifactStore;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  async lookup(key: Digest): Promise<ReceiptLookup> {
    return {receipts: this.#sorted().filter((receipt) => receipt.key === key), damaged: []};
  }

  async put(receipt: Receipt): Promise<PutReceipt> {
    const checked = parseReceipt(encodeReceipt(receipt));
    if (!checked.ok) throw new StoreError('malformed', receipt.key, `not a receipt: ${checked.error}`);
    await requireNamedBytes(this.#artifacts, receipt);
    const name = `${receipt.key}/${receipt.hardware.digest}`;
    const stored = this.#byName.get(name);
    if (stored !== undefined) return compareReceipts(stored, receipt);
    this.#byName.set(name, receipt);
    return {state: 'stored', receipt};
  }

  async *all(): AsyncGenerator<FoundReceipt, void> {
    for (const receipt of this.#sorted()) yield {state: 'valid', file: receipt.key, receipt};
  }

  #sorted(): readonly Receipt[] {
    const entries = [...this.#byName.entries()].sort(([a], [b]) => byCodeUnit(a, b));
    return entries.map(([, receipt]) => receipt);
  }
}
