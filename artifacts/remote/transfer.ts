/** How far a push or a pull is. `total` grows while it finds out what there is to do. */
export interface TransferProgress {
  /** Objects, packs and documents. */
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface TransferOptions {
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class TransferTally {
  #progress: TransferProgress = {done: 0, total: 0, bytes: 0, totalBytes: 0};
  readonly #tell: (progress: TransferProgress) => void;

  constructor({onProgress}: TransferOptions) {
    this.#tell = onProgress ?? (() => undefined);
  }

  get progress(): TransferProgress {
    return this.#progress;
  }

  expect(total: number, totalBytes: number): void {
    this.#add({total, totalBytes});
  }

  moved(bytes: number): void {
    this.#add({bytes});
  }

  done(count = 1): void {
    this.#add({done: count});
  }

  #add(more: Partial<TransferProgress>): void {
    const {done, total, bytes, totalBytes} = this.#progress;
    this.#progress = {
      done: done + (more.done ?? 0),
      total: total + (more.total ?? 0),
      bytes: bytes + (more.bytes ?? 0),
      totalBytes: totalBytes + (more.totalBytes ?? 0),
    };
    this.#tell(this.#progress);
  }
}
