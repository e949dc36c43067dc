import type {JobExit, SandboxGuard} from '../executors/executor.ts';

/**
 * What a stage's process may see. The scratch directory is its world: `/repro` when the sandbox
 * can give it a constant path, its real path otherwise.
 */
export interface Confinement {
  /** The scratch directory on this machine. */
  readonly scratch: string;
  /** Shown read-only inside the scratch directory: what, and under which relative path. */
  readonly readOnly: readonly (readonly [from: string, path: string])[];
  /** The environment's own directory, if it has one. */
  readonly environmentHome: string | undefined;
  /** Read-only, at the same path as here: an interpreter finds its standard library by its path. */
  readonly libraries: readonly string[];
  /** Its only way out, where it declares one. */
  readonly network: WayOut | undefined;
  /** Its accelerators, of all that the machine has. */
  readonly gpus: readonly GpuDevice[];
}

/** A GPU as a process finds it: by its name for CUDA, and by its device file. */
export interface GpuDevice {
  readonly uuid: string;
  /** N of /dev/nvidiaN; undefined where that isn't known. */
  readonly minor: number | undefined;
}

/** A proxy of the runner's, which a relay in the sandbox leads to (network-relay.py). */
export interface WayOut {
  /** The Unix socket that it listens at, on this machine. */
  readonly socket: string;
  /** The relay's program, and the Python that the stage sees. */
  readonly relay: string;
  readonly python: string;
}

export interface Sandbox {
  readonly name: 'bubblewrap' | 'none';
  /** The path under which the stage sees its scratch directory. */
  workingDirectory(scratch: string): string;
  /** The path under which the stage sees its environment's own directory. */
  environmentDirectory(home: string): string;
  /** The argv that runs `argv` confined, with exactly `environment`. */
  confine(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
    confinement: Confinement,
  ): ConfinedCommand;
  /** What the end of the confined command says of the program in it. `lastWords`: the last line of its log. */
  interpret(exit: JobExit, lastWords: () => string): JobExit;
}

export interface ConfinedCommand {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** That argv starts a guard, and the guard the program. */
  readonly guard: SandboxGuard | undefined;
}
