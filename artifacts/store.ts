import type {BlobArtifact, TreeManifest} from '../schemas/artifact.ts';
import type {Digest} from '../schemas/digest.ts';
import type {Result} from '../schemas/result.ts';
import type {IngestFailure} from './ingest-failure.ts';

/**
 * Bytes by digest. All that the rest of `repro` knows of a store; it fits a disk and a bucket alike.
 *
 * A store throws `StoreError` for trouble of its own. What a stage left behind wrongly is a value.
 * Whatever a write resolves with is durable: it survives a power cut a moment later.
 */
export interface ArtifactStore {
  /** Which of `wanted` aren't here. Says nothing about the bytes of those that are: reading checks. */
  missing(wanted: Iterable<Digest>): Promise<ReadonlySet<Digest>>;
  /** Whole and checked, for manifests and documents. More than `limit` bytes (64 MiB) are refused. */
  read(digest: Digest, limit?: number): Promise<Uint8Array>;
  /** In constant memory. The last chunk comes only after the whole hash matched: who sees the end saw the truth. */
  stream(digest: Digest): AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<BlobArtifact>;
  /** Files into objects, in the order given; many at a time share what durability costs. */
  adopt(files: readonly FileToAdopt[]): Promise<Result<readonly AdoptedFile[], IngestFailure>>;
  /** Objects into files, checked. Destinations must not exist, their directories must. */
  place(placements: readonly Placement[]): Promise<Placed>;
  /** Which of these hard links somebody wrote through. Their objects are quarantined by then. */
  verifyUnchanged(links: readonly PlacedLink[]): Promise<readonly Digest[]>;
  /**
   * Told by everyone who reads a tree: a store that packs small files together finds them by their manifest.
   * Others have no use for it.
   */
  learn?(manifest: TreeManifest): void;
  close(): Promise<void>;
}

export interface FileToAdopt {
  /** Absolute, and free of symbolic links on the way (`realpath` of its directory). */
  readonly path: string;
  readonly mode: AdoptMode;
  /** What a failure calls it. */
  readonly name?: string;
}

/**
 * `link` makes the file itself the object (mode 0444, one more hard link), where that is possible.
 * Ask for it only when nothing can still hold the file open for writing: after the death of the
 * stage's process namespace. `copy` is always right.
 */
export type AdoptMode = 'link' | 'copy';

export interface AdoptedFile {
  readonly digest: Digest;
  readonly size: number;
  /** What the file was before it became an object: objects themselves are never executable. */
  readonly executable: boolean;
}

export interface Placement {
  readonly digest: Digest;
  readonly destination: string;
  readonly executable: boolean;
  /** A hard link to the read-only object where possible; a copy, counted and explained, where not. */
  readonly link: boolean;
}

export interface Placed {
  readonly linked: number;
  readonly copied: number;
  readonly bytesCopied: number;
  readonly fallbacks: Readonly<Record<LinkFallback, number>>;
  readonly links: readonly PlacedLink[];
}

/** Why a copy was made though a link was asked for. An executable needs another mode than its object. */
export type LinkFallback = 'executable' | 'other-file-system' | 'too-many-links' | 'not-permitted';

/** A hard link and the change time its inode had right after it was made. */
export interface PlacedLink {
  readonly digest: Digest;
  readonly ctimeMs: number;
}

export const DEFAULT_READ_LIMIT = 64 * 2 ** 20;
