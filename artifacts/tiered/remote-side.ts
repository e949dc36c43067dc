import type {Digest} from '../../schemas/digest.ts';
import {StoreError} from '../store-error.ts';
import type {FarStore} from './far-store.ts';
import type {Suspects} from './suspects.ts';

/**
 * The remote store as a run reads from it: when it can't be reached that is said once, and the run goes on with what
 * is here. What is damaged there is named, and counts as missing.
 */
export class RemoteSide {
  readonly store: FarStore;
  readonly suspects: Suspects;
  readonly #warn: (message: string) => void;
  #lost: StoreError | undefined;

  constructor(store: FarStore, suspects: Suspects, warn: (message: string) => void) {
    this.store = store;
    this.suspects = suspects;
    this.#warn = warn;
  }

  /** Why nothing is asked any more. */
  get lost(): StoreError | undefined {
    return this.#lost;
  }

  /** The answer, or `otherwise` when the remote store gives none. */
  async ask<T>(otherwise: T, question: (store: FarStore) => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) return otherwise;
    try {
      return await question(this.store);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.note(error);
      return otherwise;
    }
  }

  /** What a failed question means for those to come. */
  note(error: StoreError): void {
    if (error.code === 'missing') return;
    if (error.code === 'corrupt' || error.code === 'malformed') this.#suspect(error);
    else if (this.#lost === undefined) {
      this.#lost = error;
      this.#warn(`${this.store.name} can't be read, the run goes on without it: ${error.message}`);
    }
  }

  #suspect(error: StoreError): void {
    this.#warn(`damaged in ${this.store.name}, and not used: ${error.message}`);
    const digest = error.subject as Digest;
    if (digest.startsWith('sha256:')) this.suspects.add(digest);
  }
}
