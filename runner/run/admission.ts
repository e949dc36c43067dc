import type {Resources} from '../../schemas/plan.ts';
import type {Gpu} from '../hardware/gpus.ts';

/** What stages may use together on this machine. */
export interface Limits {
  readonly jobs: number;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Undefined where none are given out: what only waits for its turn needs no device. */
  readonly gpus: GpuSupply | undefined;
}

export interface GpuSupply {
  readonly count: number;
  /** Those of which a stage that asks for `count` may be given any one. */
  groups(count: number): readonly (readonly Gpu[])[];
}

/** A share of the machine: its GPUs, and the function that gives it back. */
export interface Admitted {
  readonly gpus: readonly Gpu[];
  readonly leave: () => void;
}

interface Waiting {
  readonly resources: Resources;
  readonly admit: (gpus: readonly Gpu[]) => void;
}

/**
 * Lets stages start as long as together they stay within the limits. First come, first served among
 * those that fit. A stage that asks for more than there is runs alone rather than never.
 */
export class Admission {
  readonly #limits: Limits;
  #waiting: Waiting[] = [];
  #running = 0;
  #used = {cpus: 0, memory: 0};
  readonly #takenGpus = new Set<Gpu>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Resolves when the stage may start, with its share. */
  async enter(resources: Resources): Promise<Admitted> {
    const gpus = await new Promise<readonly Gpu[]>((admit) => {
      this.#waiting.push({resources, admit});
      this.#admitWhatFits();
    });
    return {gpus, leave: () => this.#leave(resources, gpus)};
  }

  #leave(resources: Resources, gpus: readonly Gpu[]): void {
    this.#take(resources, -1);
    for (const gpu of gpus) this.#takenGpus.delete(gpu);
    this.#admitWhatFits();
  }

  #admitWhatFits(): void {
    for (let i = 0; i < this.#waiting.length && this.#running < this.#limits.jobs; ) {
      const waiting = this.#waiting[i];
      const gpus = waiting === undefined ? undefined : this.#freeGpus(waiting.resources);
      if (waiting === undefined || gpus === undefined || !this.#fits(waiting.resources)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#take(waiting.resources, 1);
      for (const gpu of gpus) this.#takenGpus.add(gpu);
      waiting.admit(gpus);
    }
  }

  /** Undefined while others have them. Where there never are as many, whoever asks is told so elsewhere. */
  #freeGpus({gpus}: Resources): readonly Gpu[] | undefined {
    const groups = gpus === 0 ? [] : (this.#limits.gpus?.groups(gpus) ?? []);
    if (groups.length === 0) return [];
    return groups.find((group) => group.every((gpu) => !this.#takenGpus.has(gpu)));
  }

  #fits({cpus, memory}: Resources): boolean {
    if (this.#running === 0) return true;
    return (
      this.#used.cpus + cpus <= this.#limits.cpus && this.#used.memory + (memory ?? 0) <= this.#limits.memory
    );
  }

  #take({cpus, memory}: Resources, sign: 1 | -1): void {
    this.#running += sign;
    this.#used.cpus += sign * cpus;
    this.#used.memory += sign * (memory ?? 0);
  }
}
