export type BucketErrorCode =
  /** No credentials, wrong ones, expired ones, or not allowed. */
  | 'denied'
  /** The bucket itself is not there. */
  | 'no-bucket'
  /** The server asks for patience: 503 SlowDown, 429, or a conflict of two writers (409). */
  | 'busy'
  /** The bytes were damaged on the way up, and the server noticed. */
  | 'damaged'
  /** The answer ended before all its bytes had come. */
  | 'truncated'
  /** No connection, no answer, 5xx. */
  | 'unreachable'
  /** The server answered something that this is not prepared for. */
  | 'refused'
  /** Our own file: not there, changed, or not the bytes that its digest says. */
  | 'bad-file';

/** Trouble with a bucket, in words for people: who was asked for what, and what they answered. */
export class BucketError extends Error {
  override readonly name = 'BucketError';
  /** Whether the same call, unchanged, may succeed a moment later. */
  readonly retryable: boolean;
  constructor(
    readonly code: BucketErrorCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly retryable?: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly costly?: boolean;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.retryAfterMs = options.retryAfterMs;
    this.costly = options.costly ?? false;
  }
  readonly retryAfterMs: number | undefined;
  /** It kept us waiting as long as we wait at all: two such tries are enough. */
  readonly costly: boolean;
}

const RETRYABLE: ReadonlySet<BucketErrorCode> = new Set(['busy', 'damaged', 'truncated', 'unreachable']);
