import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';

/**
 * in-toto Statement v1 with SLSA provenance v1 as its predicate: what is signed of a run. Its canonical JSON is
 * the payload of a DSSE envelope. Fields and meanings are those of the two specifications; what `buildType`,
 * parameters and names of dependencies mean here is told in runner/attest/README.md.
 */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: Provenance;
}

export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: BuildType;
    /** What whoever started it chose. */
    readonly externalParameters: Readonly<Record<string, Json>>;
    /** What was found or fixed by repro: the hardware, the determinism contract, the environment. */
    readonly internalParameters: Readonly<Record<string, Json>>;
    readonly resolvedDependencies: readonly ResourceDescriptor[];
  };
  readonly runDetails: {
    readonly builder: {readonly id: typeof BUILDER; readonly version?: Readonly<Record<string, string>>};
    readonly metadata: {
      /** The run's id. */
      readonly invocationId: Digest;
      readonly startedOn: string;
      readonly finishedOn: string;
    };
    readonly byproducts: readonly ResourceDescriptor[];
  };
}

export interface ResourceDescriptor {
  readonly name: string;
  readonly digest: {readonly sha256: string} | {readonly gitCommit: string};
  readonly uri?: string;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, Json>>;
}

export type BuildType = typeof STAGE_BUILD | typeof RUN_BUILD | typeof RUN_BUILD_1;

/** One stage of a pipeline. */
export const STAGE_BUILD = 'urn:repro:stage:v1';
/**
 * A whole run, and its publication. Its times are those of all that made its results, and it says which of them it
 * reused and when those were made.
 */
export const RUN_BUILD = 'urn:repro:run:v2';
/** As repro 0.1 wrote it: its times were the run's own, a moment where every result was reused. */
export const RUN_BUILD_1 = 'urn:repro:run:v1';
export const BUILDER = 'urn:repro:runner:v1';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
/** Of the envelopes that statements are signed in. */
export const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json';
