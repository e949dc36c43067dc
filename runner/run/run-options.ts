import type {StageName} from '../../schemas/names.ts';

export interface RunOptions {
  readonly selected: ReadonlySet<StageName>;
  /** Those, and all they depend on, selected or not: of others nothing is known. */
  readonly concerned: ReadonlySet<StageName>;
  /** `never`: execute every selected stage, and compare with what is recorded. */
  readonly cache: 'use' | 'never';
  readonly onFailure: 'stop' | 'keep-going';
}
