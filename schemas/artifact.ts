import type {Digest} from './digest.ts';

/** Immutable bytes with a name. A tree's digest is the SHA-256 of its canonical manifest. */
export type Artifact = BlobArtifact | TreeArtifact;

export interface BlobArtifact {
  readonly type: 'blob';
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface TreeArtifact {
  readonly type: 'tree';
  /** Of the manifest, which is itself a blob in the store. */
  readonly digest: Digest;
  /** Sum of the files' bytes. */
  readonly size: number;
  readonly files: number;
}

/** What a tree's manifest holds, canonical JSON, entries in code-unit order of `path`. */
export interface TreeManifest {
  readonly tree: 1;
  readonly entries: readonly TreeEntry[];
}

export interface TreeEntry {
  /** Relative, `/` between components. */
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
  readonly digest: Digest;
}
