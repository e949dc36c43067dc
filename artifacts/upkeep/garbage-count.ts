/** What nobody needs, and how much of everything there is. */
export interface Garbage {
  readonly receipts: Heap;
  readonly objects: Heap;
  readonly packs: Heap;
  /** Downloads that broke off and that nobody went on with. */
  readonly partial: Heap;
  /** Not reachable, and too young to be called garbage: somebody may be about to name it. */
  readonly young: Heap;
  readonly kept: Heap;
  /** Whether the garbage is gone. */
  readonly outcome: 'counted' | 'deleted' | Interrupted;
}

/** Somebody used the store meanwhile: what was deleted until then was garbage, the rest is there. */
export interface Interrupted {
  readonly by: readonly string[];
}

export interface Heap {
  readonly count: number;
  readonly bytes: number;
}

export interface GarbageOptions {
  /** What the caller knows beside pins, publications and young receipts: run records, as texts. */
  readonly roots: Iterable<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Nothing younger is garbage. */
  readonly graceMs: number;
  /** Results younger than this are kept, whether a run names them or not. */
  readonly keepResultsMs: number;
  readonly delete: boolean;
}

export const EMPTY_HEAP: Heap = {count: 0, bytes: 0};

export class HeapCount {
  count = 0;
  bytes = 0;

  add(bytes: number): void {
    this.count++;
    this.bytes += bytes;
  }

  get heap(): Heap {
    return {count: this.count, bytes: this.bytes};
  }
}
