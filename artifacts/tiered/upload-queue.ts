import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import type {OpenStore} from '../disk/local-store.ts';
import type {PutReceipt} from '../receipt-store.ts';
import type {RemoteStore} from '../remote/open-remote.ts';
import {pushArtifacts} from '../remote/push.ts';
import {StoreError} from '../store-error.ts';
import type {RemoteSide} from './remote-side.ts';
import type {Suspects} from './suspects.ts';

export type OtherReceipt = PutReceipt & {readonly state: 'nondeterminism'};

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
  readonly findings: readonly OtherReceipt[];
}

/** Sends one result after another, behind the run's back, in the order they came. A failure is kept for the report. */
export class UploadQueue {
  readonly #local: OpenStore;
  readonly #remote: RemoteStore;
  readonly #suspects: Suspects;
  readonly #side: RemoteSide;
  #last: Promise<void> = Promise.resolve();
  #uploaded = 0;
  #present = 0;
  #bytes = 0;
  readonly #failed: FailedUpload[] = [];
  readonly #findings: OtherReceipt[] = [];

  /** Once it can't be reached nothing more is tried: a run must not wait for each of its stages. */
  #lost: string | undefined;

  constructor(local: OpenStore, remote: RemoteStore, side: RemoteSide) {
    this.#local = local;
    this.#remote = remote;
    this.#side = side;
    this.#suspects = side.suspects;
  }

  send(receipt: Receipt): void {
    this.#last = this.#last.then(() => this.#sendOne(receipt));
  }

  async finish(): Promise<TierReport> {
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
    const notTried = this.#whyNotTried();
    if (notTried !== undefined) {
      this.#failed.push({key: receipt.key, why: notTried});
      return;
    }
    try {
      const again = this.#suspects.all();
      const pushed = await pushArtifacts(this.#remote, this.#local, [], {receipts: [receipt], again});
      this.#suspects.clear(pushed.resent);
      this.#bytes += pushed.bytes;
      for (const put of pushed.receipts) this.#count(put);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'unavailable' || error.code === 'full') this.#lost = error.message;
      this.#failed.push({key: receipt.key, why: error.message});
    }
  }

  /** Whoever kept the run waiting with its reading would do so with its writing. */
  #whyNotTried(): string | undefined {
    if (this.#lost !== undefined) return 'not tried, for the one before could not be sent';
    const why = this.#side.lost?.cause;
    return why instanceof BucketError && why.costly
      ? 'not tried, for the store kept the run waiting'
      : undefined;
  }

  #count(put: PutReceipt): void {
    if (put.state === 'stored') this.#uploaded++;
    else if (put.state === 'present') this.#present++;
    else this.#findings.push(put);
  }
}
