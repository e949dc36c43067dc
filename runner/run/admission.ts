import type {Resources} from '../../schemas/plan.ts';

/** What stages may use together on this machine. */
export interface Limits {
  readonly jobs: number;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpus: number;
}

interface Waiting {
  readonly resources: Resources;
  readonly admit: () => void;
}

/**
 * Lets stages start as long as together they stay within the limits. First come, first served among
 * those that fit. A stage that asks for more than there is runs alone rather than never.
 */
export class Admission {
  readonly #limits: Limits;
  #waiting: Waiting[] = [];
  #running = 0;
  #used = {cpus: 0, memory: 0, gpus: 0};

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Resolves when the stage may start, with the function that gives its share back. */
  async enter(resources: Resources): Promise<() => void> {
    await new Promise<void>((admit) => {
      this.#waiting.push({resources, admit});
      this.#admitWhatFits();
    });
    return () => this.#leave(resources);
  }

  #leave(resources: Resources): void {
    this.#take(resources, -1);
    this.#admitWhatFits();
  }

  #admitWhatFits(): void {
    for (let i = 0; i < this.#waiting.length && this.#running < this.#limits.jobs; ) {
      const waiting = this.#waiting[i];
      if (waiting === undefined || !this.#fits(waiting.resources)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#take(waiting.resources, 1);
      waiting.admit();
    }
  }

  #fits({cpus, memory, gpus}: Resources): boolean {
    if (this.#running === 0) return true;
    return (
      this.#used.cpus + cpus <= this.#limits.cpus &&
      this.#used.memory + (memory ?? 0) <= this.#limits.memory &&
      this.#used.gpus + gpus <= this.#limits.gpus
    );
  }

  #take({cpus, memory, gpus}: Resources, sign: 1 | -1): void {
    this.#running += sign;
    this.#used.cpus += sign * cpus;
    this.#used.memory += sign * (memory ?? 0);
    this.#used.gpus += sign * gpus;
  }
}
