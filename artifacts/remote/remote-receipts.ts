import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, type Result} from '../../schemas/result.ts';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {receiptKey, receiptPrefix} from '../bucket/bucket-layout.ts';
import {
  compareReceipts,
  type DamagedReceipt,
  type FoundReceipt,
  type PutReceipt,
  type ReceiptLookup,
  type ReceiptStore,
  requireNamedBytes,
} from '../receipt-store.ts';
import {encodeReceipt, parseReceipt} from '../receipts/parse-receipt.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {asStore} from './bucket-trouble.ts';
import {canList} from './presence.ts';
import {readDocument} from './read-document.ts';
import {writable} from './remote-artifacts.ts';

/**
 * Receipts in a bucket, where disk stores have them. Written once, by conditional put: that is the moment a result
 * is told to others. What is damaged there is reported, never used, and left for its owner to look at.
 */
export class RemoteReceipts implements ReceiptStore {
  readonly #bucket: ReadableBucket;
  readonly #artifacts: ArtifactStore;

  constructor(bucket: ReadableBucket, artifacts: ArtifactStore) {
    this.#bucket = bucket;
    this.#artifacts = artifacts;
  }

  async lookup(key: Digest, classes?: readonly Digest[]): Promise<ReceiptLookup> {
    const receipts: Receipt[] = [];
    const damaged: DamagedReceipt[] = [];
    for (const file of await this.#filesOf(key, classes)) {
      const found = await this.#read(file);
      if (found === undefined) continue;
      if (found.ok) receipts.push(found.value);
      else damaged.push({file: `${this.#bucket.name}/${file}`, why: found.error});
    }
    return {receipts, damaged};
  }

  async put(receipt: Receipt): Promise<PutReceipt> {
    const checked = parseReceipt(encodeReceipt(receipt));
    if (!checked.ok) throw new StoreError('malformed', receipt.key, `not a receipt: ${checked.error}`);
    await requireNamedBytes(this.#artifacts, receipt);
    return this.publish(receipt);
  }

  /** As `put`, for who has just seen to it that all that it names is there. */
  async publish(receipt: Receipt): Promise<PutReceipt> {
    const bucket = writable(this.#bucket, receipt.key);
    const file = receiptKey(receipt.key, receipt.hardware.digest);
    for (let attempt = 0; attempt < 3; attempt++) {
      const bytes = encodeReceipt(receipt);
      const outcome = await asStore(file, () => bucket.put(file, bytes, {ifAbsent: true}));
      if (outcome === 'written') return {state: 'stored', receipt};
      // It may be this very one, whose acknowledgement was lost: comparing says so.
      const stored = await this.#read(file);
      if (stored?.ok) return compareReceipts(stored.value, receipt);
      if (stored !== undefined) throw damagedReceipt(this.#bucket, file, stored.error);
    }
    throw new StoreError('unavailable', file, `${this.#bucket.name}/${file} comes and goes`, {
      retryable: true,
    });
  }

  async *all(): AsyncGenerator<FoundReceipt, void> {
    if (!canList(this.#bucket)) throw cannotList(this.#bucket);
    for await (const {key: file} of this.#bucket.list('receipts/v1/')) {
      const found = await this.#read(file);
      if (found === undefined) continue;
      if (found.ok) yield {state: 'valid', file, receipt: found.value};
      else yield {state: 'damaged', file, why: found.error};
    }
  }

  async #filesOf(key: Digest, classes: readonly Digest[] | undefined): Promise<readonly string[]> {
    if (classes !== undefined) return classes.map((hardware) => receiptKey(key, hardware));
    const bucket = this.#bucket;
    if (!canList(bucket)) throw cannotList(bucket);
    const files: string[] = [];
    await asStore(key, async () => {
      for await (const {key: file} of bucket.list(receiptPrefix(key))) {
        if (files.push(file) === MOST_CLASSES) break;
      }
    });
    return files;
  }

  /** Undefined when it isn't there. */
  async #read(file: string): Promise<Result<Receipt, string> | undefined> {
    const bytes = await readDocument(this.#bucket, file, RECEIPT_BYTES);
    if (bytes === undefined) return undefined;
    if (!bytes.ok) return bytes;
    const place = placeOf(file);
    if (place === undefined) return err('not under a key');
    const parsed = parseReceipt(bytes.value);
    if (!parsed.ok) return parsed;
    // A valid receipt under another's name is a wrong answer.
    if (parsed.value.key !== place.key) return err('it is the receipt of another key');
    if (parsed.value.hardware.digest !== place.hardware)
      return err('it is the receipt of another hardware class');
    return parsed;
  }
}

/** A stranger's bucket may claim any number of classes for a key. */
const MOST_CLASSES = 1000;
/** Far more than any receipt has; a stranger's may not fill the memory. */
const RECEIPT_BYTES = 16 * 2 ** 20;

const NAME = /^receipts\/v1\/([0-9a-f]{2})\/(\1[0-9a-f]{62})\.([0-9a-f]{64})\.json$/;

function placeOf(file: string): {readonly key: Digest; readonly hardware: Digest} | undefined {
  const [, , key, hardware] = NAME.exec(file) ?? [];
  if (key === undefined || hardware === undefined) return undefined;
  return {key: digestFromHex(key), hardware: digestFromHex(hardware)};
}

function damagedReceipt({name}: ReadableBucket, file: string, why: string): StoreError {
  return new StoreError(
    'corrupt',
    file,
    `${name}/${file} is not a receipt: ${why}; look at it, and remove it`,
  );
}

function cannotList({name}: ReadableBucket): StoreError {
  return new StoreError('denied', name, `${name} can't be listed: say which hardware class is wanted`);
}
