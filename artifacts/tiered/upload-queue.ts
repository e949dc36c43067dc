import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {OpenStore} from '../open-store.ts';
import type {PutReceipt} from '../receipts/receipt-store.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {push} from '../remote/push.ts';
import {StoreError} from '../store-error.ts';
import type {Suspects} from './suspects.ts';

export type Nondeterminism = PutReceipt & {readonly state: 'nondeterminism'};

export interface FailedUpload {
  readonly key: Digest;
  readonly why: string;
}

/** What became of the results of a run in the remote store. */
export interface TierReport {
  /** Results that are there now, with all their bytes. */
  readonly uploaded: number;
  readonly bytes: number;
  /** Results that somebody had put there before, and that are the same. */
  readonly present: number;
  readonly failed: readonly FailedUpload[];
  /** Results that somebody had put there before, and that differ. Theirs stays. */
  readonly findings: readonly Nondeterminism[];
}

/** Sends one result after another, behind the run's back, in the order they came. A failure is kept for the report. */
export class UploadQueue {
  readonly #local: OpenStore;
  readonly #remote: RemoteStore;
  readonly #suspects: Suspects;
  #last: Promise<void> = Promise.resolve();
  #uploaded = 0;
  #present = 0;
  #bytes = 0;
  readonly #failed: FailedUpload[] = [];
  readonly #findings: Nondeterminism[] = [];

  /** Once it can't be reached nothing more is tried: a run must not wait for each of its stages. */
  #lost: string | undefined;

  constructor(local: OpenStore, remote: RemoteStore, suspects: Suspects) {
    this.#local = local;
    this.#remote = remote;
    this.#suspects = suspects;
  }

  send(receipt: Receipt): void {
    this.#last = this.#last.then(() => this.#sendOne(receipt));
  }

  async settle(): Promise<TierReport> {
    await this.#last;
    return {
      uploaded: this.#uploaded,
      bytes: this.#bytes,
      present: this.#present,
      failed: [...this.#failed],
      findings: [...this.#findings],
    };
  }

  async #sendOne(receipt: Receipt): Promise<void> {
    if (this.#lost !== undefined) {
      this.#failed.push({key: receipt.key, why: `not tried, for the one before could not be sent`});
      return;
    }
    try {
      const again = this.#suspects.all();
      const pushed = await push(this.#remote, this.#local, [], {receipts: [receipt], again});
      this.#suspects.clear(pushed.resent);
      this.#bytes += pushed.bytes;
      for (const put of pushed.receipts) this.#count(put);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'unavailable') this.#lost = error.message;
      this.#failed.push({key: receipt.key, why: error.message});
    }
  }

  #count(put: PutReceipt): void {
    if (put.state === 'stored') this.#uploaded++;
    else if (put.state === 'present') this.#present++;
    else this.#findings.push(put);
  }
}
