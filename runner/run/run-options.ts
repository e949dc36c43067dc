import type {StageName} from '../../schemas/names.ts';

export interface RunOptions {
  readonly selected: ReadonlySet<StageName>;
  /** `never`: execute every selected stage, and compare with what is recorded. */
  readonly cache: 'use' | 'never';
  /** `must-be-cached`: run nothing that wasn't named; what a named stage needs is read from the cache. */
  readonly upstream: 'run' | 'must-be-cached';
  readonly onFailure: 'stop' | 'keep-going';
}
