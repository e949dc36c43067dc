import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';

/** All of a stranger's pipeline, in the local store: what one is asked to trust. */
export interface StrangerContent {
  readonly project: TreeArtifact;
  /** Kinds of stages and the SDK as it was published with them; undefined: it uses those of this repro. */
  readonly stages: TreeArtifact | undefined;
  /** The pipeline, as a path in the project. */
  readonly file: string;
  /** What it was run with, and is again unless one says otherwise. */
  readonly profile: string | undefined;
  readonly overrides: readonly string[];
}

/** What trust is bound to: one other byte anywhere is another digest. Where it came from is no part of it. */
export function strangerDigest({project, stages, file, profile, overrides}: StrangerContent): Digest {
  return digestOfBytes(
    canonicalJson({
      guest: 1,
      project: project.digest,
      stages: stages?.digest ?? null,
      file,
      profile: profile ?? null,
      overrides,
    }),
  );
}
