/**
 * What the machine's disk, in whatever place, would not do. Not a bug in repro and not a mistake in a pipeline: people
 * free space, mend permissions, move something away, and run again.
 */
export type DiskTroubleKind =
  /** No space, no inodes, no quota. */
  | 'full'
  /** Permissions, an immutable file, or a read-only file system. */
  | 'denied'
  /** Out of descriptors, processes or memory. */
  | 'exhausted'
  /** Something else is where a file or a folder belongs. */
  | 'occupied'
  /** It was there, and is no longer. */
  | 'missing'
  /** Longer than the system takes. */
  | 'too-long'
  /** The medium or the network below it fails. */
  | 'unavailable';

export interface DiskTrouble {
  readonly trouble: DiskTroubleKind;
  /** The system's word: `ENOSPC`. */
  readonly errno: string;
  /** The system call, and the file where it is known. */
  readonly call: string;
  readonly path: string | null;
}
