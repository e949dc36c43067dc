import {fileURLToPath} from 'node:url';
import {type Diagnostic, problem} from '../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {diskFiles, type FileReader} from '../load/file-reader.ts';
import {defaultStore, type FoundStore, findStore, isConfigured, type StoreWorld} from './find-store.ts';

/** The folder that a command works in, and the shared store behind it, if there is one. */
export interface StoreChoice {
  readonly local: string;
  readonly remote: FoundStore | undefined;
  readonly warnings: readonly Diagnostic[];
}

export interface StoreWishes {
  /** As given with --store, in any order: at most one folder and one that is none. */
  readonly words: readonly string[];
  /** What the pipeline asks for. */
  readonly alias?: string | undefined;
  /** The folder to use when no word names one. */
  readonly usual: string;
}

/** `--store local`: nothing but the folder, whatever the configuration says. */
const LOCAL = 'local';

/** --store over REPRO_STORE over the pipeline's wish over the configuration's default. */
export function chooseStores(
  {words, alias, usual}: StoreWishes,
  world: StoreWorld,
  files: FileReader = diskFiles,
): Result<StoreChoice, Diagnostic> {
  const chosen: {local?: string; remote?: FoundStore} = {};
  for (const word of words) {
    if (word === LOCAL) continue;
    const placed = place(word, chosen, world, files);
    if (!placed.ok) return placed;
  }
  const warnings: Diagnostic[] = [];
  if (chosen.remote === undefined && !words.includes(LOCAL)) {
    const wish = wishFor(alias, world, files, warnings);
    if (!wish.ok) return wish;
    if (wish.value !== undefined) {
      const placed = place(wish.value, chosen, world, files);
      if (!placed.ok && placed.error.code !== 'two-stores') return placed;
    }
  }
  return ok({local: chosen.local ?? usual, remote: chosen.remote, warnings});
}

function wishFor(
  alias: string | undefined,
  world: StoreWorld,
  files: FileReader,
  warnings: Diagnostic[],
): Result<string | undefined, Diagnostic> {
  const given = world.variables.REPRO_STORE;
  if (given !== undefined && given !== '') return ok(given === LOCAL ? undefined : given);
  if (alias === undefined) return defaultStore(world, files);
  if (isConfigured(alias, world, files)) return ok(alias);
  warnings.push(notConfigured(alias));
  return defaultStore(world, files);
}

function place(
  word: string,
  chosen: {local?: string; remote?: FoundStore},
  world: StoreWorld,
  files: FileReader,
): Result<undefined, Diagnostic> {
  const found = findStore(word, world, files);
  if (!found.ok) return found;
  const folder = localFolderOf(found.value);
  if ((folder === undefined ? chosen.remote : chosen.local) !== undefined) return err(tooMany(word));
  if (folder === undefined) chosen.remote = found.value;
  else chosen.local = folder;
  return ok(undefined);
}

/** Where it is when it is a folder of this machine. */
export function localFolderOf({url}: FoundStore): string | undefined {
  if (url.startsWith('file:')) return fileURLToPath(url);
  return url.startsWith('/') ? url : undefined;
}

function tooMany(word: string): Diagnostic {
  return problem(
    'two-stores',
    `--store ${word}: there is one of this sort already`,
    'give at most one folder and one shared store',
  );
}

function notConfigured(alias: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'unknown-store',
    message: `the pipeline names the store "${alias}", which you have not configured`,
    help: `nothing is shared; to share, describe it in ~/.config/repro/stores.yaml: stores: {${alias}: {url: s3://…}}`,
  };
}
