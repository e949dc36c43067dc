import type {PaceLaw} from '../bucket/pace-law.ts';

/** Holds whom we wait for to the law. Counts only while we wait: a reader may take its time between two chunks. */
export class PaceWatch {
  readonly #law: PaceLaw;
  readonly #giveUp: (brought: number) => void;
  /** Of this window. */
  #waited = 0;
  #brought = 0;
  #waiting: {readonly since: number; readonly cancel: () => void} | undefined;

  constructor(law: PaceLaw, giveUp: (brought: number) => void) {
    this.#law = law;
    this.#giveUp = giveUp;
  }

  wait(): void {
    const {clock, windowMs} = this.#law;
    if (this.#waiting !== undefined) return;
    const cancel = clock.after(windowMs - this.#waited, () => this.#windowEnds());
    this.#waiting = {since: clock.now(), cancel};
  }

  /** So many bytes came (or went); nobody is waited for until the next `wait`. */
  took(bytes: number): void {
    this.#brought += bytes;
    this.stop();
  }

  stop(): void {
    if (this.#waiting === undefined) return;
    this.#waiting.cancel();
    this.#waited = Math.min(this.#law.windowMs, this.#waited + this.#law.clock.now() - this.#waiting.since);
    this.#waiting = undefined;
  }

  #windowEnds(): void {
    this.#waiting = undefined;
    const brought = this.#brought;
    this.#waited = 0;
    this.#brought = 0;
    if (brought < this.#law.bytes) this.#giveUp(brought);
    else this.wait();
  }
}
