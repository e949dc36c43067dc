import type {SandboxChoice} from '../../sandbox/find-sandbox.ts';

/** What names a plan: shared by every command that loads one. */
export interface PipelineOptions {
  readonly file: string;
  readonly profile: string | undefined;
  /** `name=value`, as given with -p. */
  readonly overrides: readonly string[];
  /** As given with --store: a folder, a name of stores.yaml, a URL. */
  readonly stores: readonly string[];
}

export interface RunCommandOptions extends PipelineOptions {
  readonly jobs: number | undefined;
  readonly until: readonly string[];
  readonly only: readonly string[];
  readonly keepGoing: boolean;
  readonly cache: boolean;
  readonly json: boolean;
  readonly sandbox: SandboxChoice;
  /** Of somebody else's content: the digest that may run without a question. */
  readonly trust: string | undefined;
}
