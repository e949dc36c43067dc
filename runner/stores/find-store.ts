import {join, resolve} from 'node:path';
import {PATIENCE_RULE, PATIENCE_VARIABLE, patienceOf} from '../../artifacts/bucket/pace-law.ts';
import {type Diagnostic, problem} from '../../schemas/diagnostic.ts';
import {withoutSecrets} from '../../schemas/foreign-text.ts';
import {isName} from '../../schemas/names.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {StoreDefinition, StoreFile} from '../../schemas/store-file.ts';
import {diskFiles, type FileReader} from '../load/file-reader.ts';
import {suggestion} from '../words/suggest.ts';
import {readStoreFile} from './read-store-file.ts';

/** Where a store is and how to reach it; what `artifacts/open/open-bucket.ts` opens. */
export interface FoundStore {
  /** `s3://bucket/prefix`, `https://…`, or the absolute path of a folder. */
  readonly url: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly profile?: string;
  readonly access: 'read-write' | 'read-only';
  /** How long its server may keep us waiting, where the user says so. */
  readonly patienceMs?: number;
  /** How readers without credentials reach the same bytes. */
  readonly public?: string;
}

/** What of the world decides where a store is. */
export interface StoreWorld {
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * What a user means by `lab`, `s3://bucket/prefix` or `./folder`. Servers and credentials come from the user's
 * own configuration and environment; nothing that a pipeline says can send them anywhere else.
 */
export function findStore(
  word: string,
  world: StoreWorld,
  files: FileReader = diskFiles,
): Result<FoundStore, Diagnostic> {
  const patience = patienceOf(world.variables[PATIENCE_VARIABLE]);
  if (patience === 'wrong') return err(problem('bad-store', PATIENCE_RULE));
  const found = findPlace(word, world, files);
  return found.ok && patience !== undefined ? ok({...found.value, patienceMs: patience}) : found;
}

function findPlace(word: string, world: StoreWorld, files: FileReader): Result<FoundStore, Diagnostic> {
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(word)) return fromUrl(word, world);
  const path = resolve(world.directory, word);
  if (!isName(word)) return ok({url: path, access: 'read-write'});
  const configured = configuredStores(world, files);
  if (!configured.ok) return configured;
  const {stores} = configured.value;
  const definition = Object.hasOwn(stores, word) ? stores[word] : undefined;
  if (definition !== undefined) return ok(fromDefinition(definition, world));
  // A folder of this name that is there is meant; one that is not may be a misspelt store.
  if (files.kindOf(path) === 'directory') return ok({url: path, access: 'read-write'});
  return err(unknownStore(word, Object.keys(stores), world));
}

/**
 * How to reach a bucket that a pipeline names: as the user's configuration reaches it, where a store of theirs is in it;
 * else by the environment. Never by anything that the pipeline says.
 */
export function addressOfBucket(url: string, world: StoreWorld, files: FileReader = diskFiles): FoundStore {
  const bucket = bucketOf(url);
  const configured = configuredStores(world, files);
  const stores = configured.ok ? Object.values(configured.value.stores) : [];
  const known = stores.find((store) => bucketOf(store.url) === bucket);
  const found = known === undefined ? {...serverOf(world.variables)} : fromDefinition(known, world);
  const patience = patienceOf(world.variables[PATIENCE_VARIABLE]);
  return {...found, url, access: 'read-only', ...(typeof patience === 'number' && {patienceMs: patience})};
}

function bucketOf(url: string): string | undefined {
  return /^s3:\/\/([^/]+)/.exec(url)?.[1];
}

/** The user's own choice for when nothing else names a store. */
export function defaultStore(
  world: StoreWorld,
  files: FileReader = diskFiles,
): Result<string | undefined, Diagnostic> {
  const named = world.variables.REPRO_STORE;
  if (named !== undefined && named !== '') return ok(named);
  const configured = configuredStores(world, files);
  return configured.ok ? ok(configured.value.default) : configured;
}

export function isConfigured(alias: string, world: StoreWorld, files: FileReader = diskFiles): boolean {
  const configured = configuredStores(world, files);
  return configured.ok && Object.hasOwn(configured.value.stores, alias);
}

/** `~/.config/repro`, by the XDG rules. */
export function configurationDirectory(variables: StoreWorld['variables']): string {
  const {XDG_CONFIG_HOME: given, HOME: home} = variables;
  return join(given || join(home || '/tmp', '.config'), 'repro');
}

function storeFilePath(variables: StoreWorld['variables']): string {
  return join(configurationDirectory(variables), 'stores.yaml');
}

function configuredStores({variables}: StoreWorld, files: FileReader): Result<StoreFile, Diagnostic> {
  const read = readStoreFile(storeFilePath(variables), files);
  if (read.ok) return read;
  const [first] = read.error;
  return err(first ?? problem('wrong-shape', 'stores.yaml is not right'));
}

function fromUrl(url: string, {variables}: StoreWorld): Result<FoundStore, Diagnostic> {
  if (/^https?:\/\//.test(url)) return ok({url, access: 'read-only'});
  if (/^file:\/\/\//.test(url)) return ok({url, access: 'read-write'});
  if (/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)/.test(url)) {
    return ok({url, ...serverOf(variables), access: 'read-write'});
  }
  return err(
    problem(
      'bad-store',
      `"${withoutSecrets(url)}" is not a place for a store`,
      'write s3://bucket/prefix, https://host/prefix (to read), a folder such as ./store, or a name from stores.yaml',
    ),
  );
}

/** Which server an `s3://` URL means is the environment's to say, as with every S3 tool. */
function serverOf(variables: StoreWorld['variables']): Pick<FoundStore, 'endpoint' | 'region' | 'profile'> {
  const endpoint =
    variables.REPRO_S3_ENDPOINT || variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL || undefined;
  const region = variables.AWS_REGION || variables.AWS_DEFAULT_REGION || undefined;
  const profile = variables.AWS_PROFILE || undefined;
  return {
    ...(endpoint !== undefined && {endpoint}),
    ...(region !== undefined && {region}),
    ...(profile !== undefined && {profile}),
  };
}

function fromDefinition(definition: StoreDefinition, {variables}: StoreWorld): FoundStore {
  const {url, access, 'path-style': pathStyle, endpoint, region, profile} = definition;
  const isPlace = /^[a-z0-9+.-]+:\/\//.test(url);
  const folder = url.replace(/^~(?=\/|$)/, variables.HOME ?? '~');
  return {
    // Relative to the file that says so: the directory one happens to be in decides nothing.
    url: isPlace ? url : resolve(configurationDirectory(variables), folder),
    access: /^https?:/.test(url) ? 'read-only' : access,
    ...(endpoint !== undefined && {endpoint}),
    ...(region !== undefined && {region}),
    ...(profile !== undefined && {profile}),
    ...(pathStyle !== undefined && {pathStyle}),
    ...(definition.public !== undefined && {public: definition.public}),
  };
}

function unknownStore(word: string, known: readonly string[], {variables}: StoreWorld): Diagnostic {
  const near = suggestion(word, known, `${storeFilePath(variables)} names none`) ?? '';
  return problem(
    'unknown-store',
    `no store is called "${word}"`,
    `${near} (a folder is written ./${word}, a bucket s3://${word})`,
  );
}
