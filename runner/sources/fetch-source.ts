import {join} from 'node:path';
import {
  DEFAULT_WINDOW_MS,
  PATIENCE_RULE,
  PATIENCE_VARIABLE,
  patienceOf,
} from '../../artifacts/bucket/pace-law.ts';
import {REAL_SURROUNDINGS, type TimeAndChance} from '../../artifacts/bucket/surroundings.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {PlannedSource} from '../../schemas/plan.ts';
import {parseAllowedHosts} from './allowed-hosts.ts';
import type {FetchContext, Fetched, UserVariables} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {GuardedClient} from './guarded-client.ts';
import {type AddressOfBucket, addressByVariables, openSourceBuckets} from './open-source-bucket.ts';
import {PartialFiles} from './partial-files.ts';
import {sourceLimit} from './source-limit.ts';

export interface FetchOptions {
  readonly store: ArtifactStore;
  /** For this process's own; on the store's file system. Downloads on their way are kept beside it. */
  readonly scratch: string;
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Of the user's world: HF_ENDPOINT, HF_TOKEN, REPRO_ALLOW_PRIVATE, REPRO_SOURCE_LIMIT, AWS_…, PATH. */
  readonly variables: UserVariables;
  readonly placeOf?: AddressOfBucket | undefined;
  readonly progress?: ((bytes: number, total: number | null) => void) | undefined;
  /** For tests: time, chance, and a server whose certificate they made. */
  readonly pace?: TimeAndChance;
  readonly openClient?: FetchContext['openClient'];
  readonly gitProtocols?: readonly string[];
}

/**
 * Fetches a source from where it is published, into the store, once its bytes are those that the pin names. With
 * no pin it takes what is there: only `repro lock` does that. @throws FetchError, StoreError
 */
export async function fetchSource(
  {type, location}: Pick<PlannedSource, 'type' | 'location'>,
  pin: Digest | undefined,
  options: FetchOptions,
): Promise<Fetched> {
  const context = contextOf(options);
  switch (location.from) {
    case 'file':
      throw new Error('a file is not fetched');
    case 'https': {
      if (type === 'tree')
        throw new FetchError('bad-url', 'a folder cannot be fetched over https', {
          help: 'name a single file',
        });
      const {fetchWeb} = await import('./fetch-web.ts');
      return fetchWeb(location.url, pin, context);
    }
    case 's3': {
      const {fetchBucket} = await import('./fetch-bucket.ts');
      return fetchBucket(location.url, type, pin, context);
    }
    case 'hf': {
      const {fetchHub} = await import('./fetch-hub.ts');
      return fetchHub(type, location, pin, context);
    }
    case 'git': {
      if (type === 'blob')
        throw new FetchError('bad-url', 'a repository is a tree', {
          help: 'write `type: tree`, or leave it out',
        });
      const {fetchGit} = await import('./fetch-git.ts');
      return fetchGit(location, pin, context, options.gitProtocols);
    }
  }
}

function contextOf(options: FetchOptions): FetchContext {
  const {scratch, owner, isAlive, now, variables} = options;
  const patience = patienceOf(variables[PATIENCE_VARIABLE]) ?? DEFAULT_WINDOW_MS;
  if (patience === 'wrong') throw new FetchError('bad-url', PATIENCE_RULE);
  const partials = new PartialFiles({directory: join(scratch, '..', 'partial'), owner, isAlive, now});
  return {
    store: options.store,
    partials,
    scratch,
    owner,
    signal: options.signal,
    allowed: parseAllowedHosts(variables.REPRO_ALLOW_PRIVATE),
    openClient:
      options.openClient ??
      ((allowed, authorities) => new GuardedClient({allowed, authorities, idleMs: patience})),
    patienceMs: patience,
    pace: options.pace ?? {...REAL_SURROUNDINGS, now},
    limit: sourceLimit(variables.REPRO_SOURCE_LIMIT),
    variables,
    openBucket: openSourceBuckets(options.placeOf ?? addressByVariables(variables)),
    progress: options.progress ?? (() => undefined),
  };
}
