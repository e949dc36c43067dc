import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import type {TimeAndChance} from '../../artifacts/bucket/surroundings.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {AllowedHosts} from './allowed-hosts.ts';
import type {GuardedClient} from './guarded-client.ts';
import type {PartialFiles} from './partial-files.ts';

/** What every way to a source works with. */
export interface FetchContext {
  readonly store: ArtifactStore;
  readonly partials: PartialFiles;
  /** A folder for this process's own, on the store's file system. */
  readonly scratch: string;
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Hosts inside that the user allowed. */
  readonly allowed: AllowedHosts;
  /** For one source, and closed with it: a connection that one source may use is not another's. */
  readonly openClient: OpenClient;
  readonly pace: TimeAndChance;
  /** How long a server may keep us waiting: artifacts/bucket/pace-law.ts. */
  readonly patienceMs: number;
  /** The most bytes that a source may have. */
  readonly limit: number;
  readonly variables: UserVariables;
  readonly openBucket: OpenSourceBucket;
  readonly progress: (bytes: number, total: number | null) => void;
}

/** `authorities`: whose certificates it takes beside the usual ones, as PEM. */
export type OpenClient = (allowed: AllowedHosts, authorities?: readonly string[]) => GuardedClient;

export type UserVariables = Readonly<Record<string, string | undefined>>;

/** A bucket's root, by its name; endpoint and credentials are the user's to say, never the pipeline's. */
export type OpenSourceBucket = (bucket: string) => Promise<ReadableBucket>;

export interface Fetched {
  /** In the store by now. */
  readonly artifact: Artifact;
  /** What a reader should know of it before trusting it. */
  readonly notes: readonly string[];
}
