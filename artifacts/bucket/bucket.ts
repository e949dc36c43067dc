/**
 * Named bytes somewhere else: what a bucket of an S3 server, a folder and a plain web server have in common.
 * Knows nothing of digests, trees or receipts, and promises nothing about the bytes: whoever reads checks.
 *
 * Trouble is thrown as `BucketError`. A key is relative, `/` between parts, of characters `[A-Za-z0-9._~-]`.
 */
export interface ReadableBucket {
  /** For people: `s3://bucket/prefix`, `https://host/prefix`, a folder. */
  readonly name: string;
  /**
   * Bytes, or undefined when there is nothing under this key. To a reader without credentials a server may
   * say 403 for what is not there (S3 does, without the right to list): that, too, is undefined here.
   */
  size(key: string): Promise<number | undefined>;
  /**
   * The bytes as they come, in constant memory; undefined when there is nothing. A connection that ends early,
   * also cleanly, is a `BucketError` thrown while reading, so that the reader can go on from where it was.
   */
  get(key: string, range?: ByteRange): Promise<Reading | undefined>;
  close(): Promise<void>;
}

export interface Bucket extends ReadableBucket {
  /**
   * `present`: there was something, and `ifAbsent` was asked for. It was not compared, and may be our own, of a try
   * whose answer was lost: the caller reads it and looks.
   */
  put(key: string, bytes: Uint8Array, options: PutOptions): Promise<'written' | 'present'>;
  /** A whole file, in parts where it is large, replaced if it is there. Fails without a trace, or all of it is there. */
  putFile(key: string, file: FileToPut): Promise<void>;
  /**
   * Everything whose key begins with `prefix` and comes after `after`; ending early costs nothing more. In the order of
   * code units; servers that keep folders sort `a/1` before `a-b`, which is the same for objects, packs and receipts.
   */
  list(prefix: string, after?: string): AsyncIterable<Listed>;
  /** No error for what is not there. */
  remove(keys: readonly string[]): Promise<void>;
  /** What the server turned out to do; asked of it once. Absent: everything that this port promises. */
  capabilities?(): Promise<Capabilities>;
  /** Gives up uploads in parts that began before this (milliseconds since the epoch), and says how many; for gc. */
  abandonUploads?(before: number): Promise<number>;
}

/** A reader that may see what there is, as every bucket may. */
export type ListableBucket = ReadableBucket & Pick<Bucket, 'list'>;

export interface Capabilities {
  /** Without it, `put` with `ifAbsent` looks first and reads back afterwards: right for one writer only. */
  readonly conditionalPut: boolean;
  /** Whether bytes that were damaged on the way are refused by their SHA-256. */
  readonly checksPayload: boolean;
}

/** [from, to), in bytes; to the end when `to` is absent. */
export interface ByteRange {
  readonly from: number;
  readonly to?: number;
}

export interface Reading {
  /** Of the whole object, also when a range was asked for; undefined when the server does not say. */
  readonly size: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface PutOptions {
  /** Only when there is nothing yet: of many at the same time exactly one wins. Needs `conditionalPut` of the server. */
  readonly ifAbsent: boolean;
}

export interface FileToPut {
  /** Absolute; a regular file that nobody changes meanwhile. */
  readonly path: string;
  /** What its bytes must be: checked while they are read, so that rot is not published under a right name. */
  readonly size: number;
  readonly sha256: string;
}

export interface Listed {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly modified: number;
}
