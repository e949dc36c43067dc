import {errnoOf, kindOf} from './disk-trouble.ts';

export {errnoOf} from './disk-trouble.ts';

export type StoreErrorCode =
  /** The store doesn't have it. */
  | 'missing'
  /** The bytes aren't those of the digest. They have been quarantined where that was possible. */
  | 'corrupt'
  /** The bytes are right, and not what they were used as: a manifest that breaks the format's rules. */
  | 'malformed'
  /** No space, no inodes, no quota. */
  | 'full'
  /** Permissions, or a read-only file system. */
  | 'denied'
  /** Out of file descriptors or memory: the same call may succeed later. */
  | 'exhausted'
  /** A file is in the way. */
  | 'occupied'
  /** The medium or the network fails. */
  | 'unavailable';

/** The store's own trouble. `retryable`: the same call, unchanged, may succeed a moment later. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly retryable: boolean;
  constructor(
    readonly code: StoreErrorCode,
    /** The digest or path it happened to. */
    readonly subject: string,
    message: string,
    options: {readonly cause?: unknown; readonly retryable?: boolean} = {},
  ) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.retryable = options.retryable ?? code === 'exhausted';
  }
}

/** The bytes are not to be had here; they may be elsewhere. */
export function isAboutBytes(error: unknown): error is StoreError {
  return error instanceof StoreError && (error.code === 'missing' || error.code === 'corrupt');
}

/** Wraps what the file system threw; passes on what is a StoreError already, and bugs. */
export function toStoreError(error: unknown, subject: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const reason = error instanceof Error ? error.message : errno;
  return new StoreError(codeOf(errno), subject, `${subject}: ${reason}`, {cause: error});
}

function codeOf(errno: string): StoreErrorCode {
  const kind = kindOf(errno);
  return kind === undefined || kind === 'too-long' ? 'unavailable' : kind;
}
