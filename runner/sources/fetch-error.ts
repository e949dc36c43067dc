export type FetchErrorCode =
  /** The address is inside this machine or its network, and the user did not allow it. */
  | 'inside'
  /** Not a URL that is fetched: another scheme, a user name in it, a step down from https. */
  | 'bad-url'
  | 'too-many-redirects'
  /** 401 or 403. */
  | 'denied'
  /** 404 or 410. */
  | 'not-there'
  /** Another answer than one that brings bytes. */
  | 'refused'
  /** 429, 5xx: the server asks for patience. */
  | 'busy'
  /** No connection, no answer, or the answer ended before all its bytes had come. */
  | 'unreachable'
  /** There is no such host, or nobody vouches for its certificate. */
  | 'no-host'
  /** More bytes than were declared, or than the user takes. */
  | 'too-large'
  /** Other bytes than those that were pinned. */
  | 'wrong-bytes'
  /** An answer that does not follow its own protocol. */
  | 'malformed';

/** Trouble on the way to a source, in words for people. Never holds a token. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly help: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** It kept us waiting as long as we wait at all: two such tries are enough. */
  readonly costly: boolean;
  constructor(
    readonly code: FetchErrorCode,
    message: string,
    options: {
      readonly help?: string | undefined;
      readonly cause?: unknown;
      readonly retryAfterMs?: number;
      readonly costly?: boolean;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause});
    this.help = options.help;
    this.retryAfterMs = options.retryAfterMs;
    this.costly = options.costly ?? false;
  }

  /** Whether the same request may succeed a moment later. */
  get retryable(): boolean {
    return this.code === 'busy' || this.code === 'unreachable';
  }
}
