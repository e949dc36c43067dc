import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {CheckName} from './row.ts';

/** Bytes that a publication promises, what people call them, and the check that answers for them. */
export interface Holding {
  readonly check: CheckName;
  readonly name: string;
  /** `unsized`: logs and metrics, of which a receipt gives the digest only. */
  readonly artifact: Artifact | {readonly type: 'unsized'; readonly digest: Digest};
  /** For sources of the pipeline: that they aren't in this bucket is no fault. */
  readonly mayBeElsewhere?: boolean;
}
