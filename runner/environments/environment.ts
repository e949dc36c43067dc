import type {EnvironmentIdentity} from '../../schemas/receipt.ts';

/** An environment that is ready for stages to run in. */
export interface ReadyEnvironment {
  readonly identity: EnvironmentIdentity;
  /** What a stage's `python` means. */
  readonly python:
    | {readonly in: 'home'; readonly home: string}
    /** An interpreter of the machine, absolute. */
    | {readonly in: 'host'; readonly executable: string};
  /** Files and directories beside its home that the interpreter needs to see, absolute. */
  readonly libraries: readonly string[];
}

export interface EnvironmentFailure {
  readonly code:
    | 'no-interpreter'
    | 'no-lock'
    /** A requirement without a hash. */
    | 'unhashed-lock'
    /** Something in a lock that is not understood, or not allowed. */
    | 'bad-lock'
    | 'build-failed'
    /** It would run somebody else's code while it is built, and nothing here can confine that. */
    | 'unconfined-build'
    /** It is not what was built. */
    | 'changed-environment';
  readonly message: string;
  readonly help: string;
}
