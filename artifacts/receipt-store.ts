import {canonicalJson} from '../schemas/canonical-json.ts';
import type {Digest} from '../schemas/digest.ts';
import {type Receipt, traceOf} from '../schemas/receipt.ts';
import type {ArtifactStore} from './store.ts';
import {StoreError} from './store-error.ts';

/** What finished stages claim, by stage key and hardware class. Blobs first, receipts last. */
export interface ReceiptStore {
  /**
   * All receipts for a key, one for each hardware class. Absence is an empty answer. `classes`: which ones would do,
   * for stores that can't be listed and have to be asked for each.
   */
  lookup(key: Digest, classes?: readonly Digest[]): Promise<ReceiptLookup>;
  /**
   * Durable when it resolves. Never overwrites: a second result for the same key and hardware is
   * compared with the first, and a difference is a finding. Refuses one whose outputs aren't stored.
   */
  put(receipt: Receipt): Promise<PutReceipt>;
  /** Everything there is, by key and class, for checking. Quarantines nothing. */
  all(): AsyncIterable<FoundReceipt>;
}

export interface ReceiptLookup {
  readonly receipts: readonly Receipt[];
  readonly damaged: readonly DamagedReceipt[];
}

/** A file under a receipt's name that isn't one. It was moved to quarantine, so it is told once. */
export interface DamagedReceipt {
  readonly file: string;
  readonly why: string;
}

export type PutReceipt =
  | {readonly state: 'stored'; readonly receipt: Receipt}
  /** The one that was there first; outputs and values are the same. */
  | {readonly state: 'present'; readonly receipt: Receipt}
  | {
      readonly state: 'nondeterminism';
      readonly stored: Receipt;
      readonly offered: Receipt;
      /** `outputs.model`, `values.temperature`. */
      readonly differing: readonly string[];
    };

export type FoundReceipt =
  | {readonly state: 'valid'; readonly file: string; readonly receipt: Receipt}
  | {readonly state: 'damaged'; readonly file: string; readonly why: string};

/** Compares a receipt with the one that was there first. */
export function compareReceipts(stored: Receipt, offered: Receipt): PutReceipt {
  const differing = [
    ...differingNames('outputs', stored.outputs, offered.outputs),
    ...differingNames('values', stored.values, offered.values),
  ];
  return differing.length === 0
    ? {state: 'present', receipt: stored}
    : {state: 'nondeterminism', stored, offered, differing};
}

function differingNames(
  group: string,
  stored: Readonly<Record<string, unknown>>,
  offered: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(offered)])].sort();
  return names
    .filter((name) => canonicalJson(stored[name] ?? null) !== canonicalJson(offered[name] ?? null))
    .map((name) => `${group}.${name}`);
}

/** A receipt must never be visible before what it names. */
export async function requireNamedBytes(store: ArtifactStore, receipt: Receipt): Promise<void> {
  const [absent] = await store.missing(digestsOf(receipt));
  if (absent === undefined) return;
  throw new StoreError('missing', absent, `a receipt names ${absent}, which the store does not have`);
}

export function digestsOf(receipt: Receipt): readonly Digest[] {
  const {metrics, log} = receipt.execution;
  const outputs = Object.values(receipt.outputs).map((artifact) => artifact.digest);
  return [...outputs, ...[metrics, log, traceOf(receipt)].filter((digest) => digest !== null)];
}
