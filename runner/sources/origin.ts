/** Where the bytes of one file come from: a web server, a bucket. Trouble is thrown as FetchError. */
export interface Origin {
  /** For people; never with a token. */
  readonly name: string;
  /**
   * Its bytes from `from` on. `hint` is the validator that the bytes before came with: where they have changed
   * since, the answer begins at 0 again. An answer that ends early throws while it is read.
   */
  open(from: number, hint: string, signal: AbortSignal): Promise<OriginAnswer>;
}

export interface OriginAnswer {
  /** Where these bytes begin: `from`, or 0. */
  readonly start: number;
  /** Of the whole file, when the origin says so. */
  readonly size: number | undefined;
  /** A validator of the whole; '' when there is none. */
  readonly hint: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}
