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

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  ENOENT: 'missing',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOMEM: 'exhausted',
  EAGAIN: 'exhausted',
  EEXIST: 'occupied',
};

/** Wraps what the file system threw; passes on what is a StoreError already, and bugs. */
export function toStoreError(error: unknown, subject: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const reason = error instanceof Error ? error.message : errno;
  return new StoreError(CODES[errno] ?? 'unavailable', subject, `${subject}: ${reason}`, {cause: error});
}

/** `ENOENT` and the like; undefined for anything that isn't a system call's error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
