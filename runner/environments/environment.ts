import type {EnvironmentIdentity} from '../../schemas/receipt.ts';

/** An environment that is ready for stages to run in. */
export interface ReadyEnvironment {
  readonly identity: EnvironmentIdentity;
  /** What a stage's `python` means. */
  readonly python:
    | {readonly in: 'home'; readonly home: string}
    /** An interpreter of the machine, absolute. */
    | {readonly in: 'host'; readonly executable: string};
  /** Directories beside its home that the interpreter needs to see, absolute. */
  readonly libraries: readonly string[];
}

export type EnvironmentFailure =
  | {readonly code: 'no-interpreter'; readonly message: string; readonly help: string}
  | {readonly code: 'no-lock'; readonly message: string; readonly help: string}
  | {readonly code: 'unhashed-lock'; readonly message: string; readonly help: string}
  | {readonly code: 'build-failed'; readonly message: string; readonly help: string};
