import {closeSync, readFileSync} from 'node:fs';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, type Result} from '../../schemas/result.ts';
import {quarantine} from '../disk/quarantine.ts';
import {storeNamesIn} from '../files/folder-names.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import type {Disk} from '../files/temporary-file.ts';
import {writeOnce} from '../files/write-once.ts';
import {describeIngestFailure} from '../ingest-failure.ts';
import {digestOfName, receiptPath, receiptShard} from '../layout.ts';
import {
  compareReceipts,
  type DamagedReceipt,
  type FoundReceipt,
  type PutReceipt,
  type ReceiptLookup,
  type ReceiptStore,
  requireNamedBytes,
} from '../receipt-store.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError, toStoreError} from '../store-error.ts';
import {missingOf} from '../trees/missing-of.ts';
import {encodeReceipt, parseReceipt, RECEIPT_LIMIT} from './parse-receipt.ts';

/** Receipts as files, `receipts/v1/aa/<key>.<hardware class>.json`, canonical JSON. */
export class DiskReceipts implements ReceiptStore {
  readonly #disk: Disk;
  readonly #artifacts: ArtifactStore;

  constructor(disk: Disk, artifacts: ArtifactStore) {
    this.#disk = disk;
    this.#artifacts = artifacts;
  }

  async lookup(key: Digest): Promise<ReceiptLookup> {
    const receipts: Receipt[] = [];
    const damaged: DamagedReceipt[] = [];
    for (const file of this.#filesOf(key)) {
      const found = readReceipt(file, key);
      if (found === undefined) continue;
      if (found.ok) receipts.push(found.value);
      else damaged.push(this.#condemn(file, found.error));
    }
    return {receipts, damaged};
  }

  async put(receipt: Receipt): Promise<PutReceipt> {
    const bytes = encodeReceipt(receipt);
    const checked = parseReceipt(bytes);
    if (!checked.ok) throw new StoreError('malformed', receipt.key, `not a receipt: ${checked.error}`);
    await requireNamedBytes(this.#artifacts, receipt);
    const file = receiptPath(this.#disk.layout, receipt.key, receipt.hardware.digest);
    try {
      return await this.#writeOrCompare(file, bytes, receipt);
    } catch (error) {
      throw toStoreError(error, file);
    }
  }

  async *all(): AsyncGenerator<FoundReceipt, void> {
    for (const {file, key} of this.#everyFile()) {
      const found = key === undefined ? err('not under a key') : readReceipt(file, key);
      if (found === undefined) continue;
      if (found.ok) yield {state: 'valid', file, receipt: found.value};
      else yield {state: 'damaged', file, why: found.error};
    }
  }

  async #writeOrCompare(file: string, bytes: Uint8Array, offered: Receipt): Promise<PutReceipt> {
    for (let attempt = 0; attempt < 5; attempt++) {
      if ((await writeOnce(this.#disk, file, bytes)) === 'written')
        return {state: 'stored', receipt: offered};
      const stored = readReceipt(file, offered.key);
      if (stored?.ok && (await this.#hasItsBytes(stored.value)))
        return compareReceipts(stored.value, offered);
      // One whose bytes are gone can neither be used nor compared with, and would stand in the way for ever.
      if (stored !== undefined) this.#condemn(file, stored.ok ? 'its bytes are gone' : stored.error);
    }
    throw new StoreError('corrupt', file, `${file}: keeps turning up damaged`);
  }

  async #hasItsBytes(receipt: Receipt): Promise<boolean> {
    return (await missingOf(this.#artifacts, Object.values(receipt.outputs))).size === 0;
  }

  #condemn(file: string, why: string): DamagedReceipt {
    quarantine(this.#disk.layout, file, 'receipt');
    return {file, why};
  }

  #filesOf(key: Digest): readonly string[] {
    const shard = receiptShard(this.#disk.layout, key);
    const prefix = `${hexOf(key)}.`;
    return storeNamesIn(shard, 'no-folder')
      .filter((name) => name.startsWith(prefix))
      .map((name) => `${shard}/${name}`);
  }

  *#everyFile(): Generator<{readonly file: string; readonly key: Digest | undefined}> {
    const {receipts} = this.#disk.layout;
    for (const shard of storeNamesIn(receipts, 'no-folder')) {
      for (const name of storeNamesIn(`${receipts}/${shard}`, 'no-folder')) {
        const key = name.startsWith(shard) ? digestOfName(name.split('.')[0] ?? '') : undefined;
        yield {file: `${receipts}/${shard}/${name}`, key};
      }
    }
  }
}

/** Undefined when it is gone: another process may have found it damaged first. */
function readReceipt(file: string, key: Digest): Result<Receipt, string> | undefined {
  const opened = openRegularFile(file, file);
  if (!opened.ok) {
    if (opened.error.code === 'absent') return undefined;
    if (opened.error.code !== 'unreadable') return err(describeIngestFailure(opened.error));
    throw new StoreError('unavailable', file, describeIngestFailure(opened.error));
  }
  const {descriptor, stat} = opened.value;
  try {
    if (stat.size > RECEIPT_LIMIT) return err('larger than a receipt may be');
    return checkPlace(file, key, parseReceipt(readFileSync(descriptor)));
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    closeSync(descriptor);
  }
}

/** A valid receipt under another's name is a wrong answer. */
function checkPlace(file: string, key: Digest, parsed: Result<Receipt, string>): Result<Receipt, string> {
  if (!parsed.ok) return parsed;
  const {value: receipt} = parsed;
  if (receipt.key !== key) return err('it is the receipt of another key');
  return file.endsWith(`.${hexOf(receipt.hardware.digest)}.json`)
    ? parsed
    : err('it is the receipt of another hardware class');
}
