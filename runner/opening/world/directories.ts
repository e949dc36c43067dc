import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';

export interface Directories {
  /** Artifacts and receipts. */
  readonly store: string;
  /** Built environments, shared by all projects of a user. */
  readonly environments: string;
  /** The project's own: runs, timings, indexes. */
  readonly project: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Where things are kept when nothing says otherwise: the XDG cache, and `.repro/` in the project. */
export function directories(pipeline: string, variables: Variables, from: string): Directories {
  const cache = join(cacheHome(variables), 'repro');
  return {
    store: join(cache, 'store'),
    environments: join(cache, 'environments'),
    project: join(projectRoot(dirname(resolve(from, pipeline))), '.repro'),
  };
}

function cacheHome(variables: Variables): string {
  const {XDG_CACHE_HOME: cache, HOME: home} = variables;
  if (cache !== undefined && cache !== '') return cache;
  return join(home === undefined || home === '' ? '/tmp' : home, '.cache');
}

/** The nearest folder upwards that is a repository or has been a project before; else the pipeline's own. */
export function projectRoot(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.repro')) || existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return directory;
  }
}
