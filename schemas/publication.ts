import type {BlobArtifact, TreeArtifact} from './artifact.ts';
import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';

/**
 * What an author publishes of a run: the one document from which a stranger reaches everything else. Canonical
 * JSON under its own digest, which is signed. Any change of this shape bumps `publication`.
 */
export type Publication = Publication1 | Publication2;

/** As repro 0.1 wrote it. */
export interface Publication1 extends Published {
  readonly publication: 1;
}

export interface Publication2 extends Published {
  readonly publication: 2;
  /** The signer's public key, as text: its digest is the key id, so that what a name promises can be checked by itself. */
  readonly key: string;
  /**
   * `all`: what stages made lies beside it. `record`: the record, its source and the signatures alone, as it was meant;
   * so that what was left out is told from what was lost.
   */
  readonly contents: PublishedContents;
}

export type PublishedContents = 'all' | 'record';

interface Published {
  /** Of the pipeline. */
  readonly name: string;
  /** 1 for the first of this name by this signer, then one more each time. */
  readonly sequence: number;
  /** Digest of the publication before this one; null for the first. */
  readonly previous: Digest | null;
  /** RFC 3339, UTC. */
  readonly publishedAt: string;
  /** Key id of the signer whose sequence this is part of (runner/attest). */
  readonly signer: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly authors: readonly Author[];
  readonly description: string | null;
  readonly citation: Json;
  /** The run record (run-record.ts, version 2): its digest is the run's id. */
  readonly run: BlobArtifact;
  /** Digest of each stage's statement (an in-toto Statement's exact bytes), by stage name. */
  readonly statements: Readonly<Record<string, Digest>>;
}

export interface Author {
  readonly name: string;
  readonly affiliation?: string;
  readonly email?: string;
  readonly orcid?: string;
  readonly url?: string;
}

/** What `names/v1/<signer>/<name>/<n>.json` holds. */
export interface SequenceEntry {
  readonly sequence: 1;
  readonly publication: Digest;
}

/** All that a pipeline was run from, as artifacts: enough to run it again without its author's repository. */
export interface RunCode {
  /** The pipeline file, as a path in `files`. */
  readonly file: string;
  /** Pipeline, includes, locks and the contracts of stages, by path relative to the project's root. */
  readonly files: TreeArtifact;
  /**
   * Code of stages (what `document.code` in their receipts is the digest of), by folder: `builtin:sft` for a kind
   * that comes with repro, else a path relative to the project's root.
   */
  readonly folders: Readonly<Record<string, TreeArtifact>>;
  /** The Python package that built-in kinds import. */
  readonly sdk: TreeArtifact;
}
