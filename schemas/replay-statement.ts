import type {ResourceDescriptor} from './statement.ts';
import type {ReplayReport} from './verdict.ts';

/**
 * in-toto Statement v1 with the predicate "test result" v0.1: that somebody ran a recorded run again, and what came
 * of it, stage by stage. `replay` is ours, and holds all of it; the lists are for readers that know the predicate only.
 */
export interface ReplayStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  /** The run's record. */
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: typeof TEST_RESULT_TYPE;
  readonly predicate: {
    readonly result: 'PASSED' | 'WARNED' | 'FAILED';
    readonly configuration: readonly ResourceDescriptor[];
    /** Stages that came out exact; that this machine could not answer for; that came out different. */
    readonly passedTests: readonly string[];
    readonly warnedTests: readonly string[];
    readonly failedTests: readonly string[];
    readonly replay: ReplayReport;
  };
}

export const TEST_RESULT_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
