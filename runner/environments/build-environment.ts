import {chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import {readSmallFile, readSmallText} from '../../artifacts/files/small-file.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {ownedName} from '../../artifacts/owner.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Sandbox} from '../sandbox/sandbox.ts';
import {Builder, type StepFailure} from './builder.ts';
import {type BuiltEnvironment, environmentName, markerFor, readBuilt} from './built-environment.ts';
import type {EnvironmentFailure} from './environment.ts';
import {
  COMPLETE,
  environmentManifestOf,
  MANIFEST,
  makeReadOnly,
  rememberLooks,
} from './environment-manifest.ts';
import {linksOf, oddityIn} from './grown-environment.ts';
import {
  buildWheel,
  compileAll,
  type FetchedFile,
  fetchPackages,
  installWheels,
  makeEmpty,
  type Site,
  siteAt,
} from './install-steps.ts';
import {type Interpreter, whatItNeeds} from './interpreter.ts';
import type {IndexOption} from './lock.ts';
import type {LockFile, LockOwner} from './lock-file.ts';

export interface BuildOptions {
  /** Where environments are kept, one directory each; shared by all projects of a user. */
  readonly directory: string;
  readonly path: string;
  readonly origin: LockOwner;
  /** Unique among living processes. */
  readonly owner: string;
  /** The user's whole environment: pip finds its index and certificates through it, and sees nothing else of it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What confines a build, as it confines stages. */
  readonly sandbox: Sandbox;
  /** Where fetch_packages.py lies. */
  readonly programs: string;
  /** Called when it has to be built, with the file that the build's output goes to. */
  readonly onBuild: (log: string) => void;
  readonly onWarning: (message: string) => void;
  /** Ends a build that nobody waits for any more. */
  readonly signal?: AbortSignal | undefined;
}

type Built = Result<BuiltEnvironment, EnvironmentFailure>;

/**
 * Builds what a lock describes, from the lock alone: fetch (network, nobody's code), build source packages and install
 * (no network, confined), compile, note every byte, make it read-only, and only then show it under its name.
 */
export async function buildEnvironment(
  lockFile: LockFile,
  interpreter: Interpreter,
  options: BuildOptions,
): Promise<Built> {
  const name = environmentName(lockFile.digest, interpreter.version);
  const home = join(options.directory, name);
  // A name of its own while it grows, so that two runs may build at once and the second is thrown away; and
  // its builder's, so that what a killed one leaves is known to be nobody's.
  const growing = join(options.directory, ownedName(options.owner, name));
  const libraries = await whatItNeeds(interpreter, options.path);
  if (libraries === undefined) return err(mute(interpreter));
  mkdirSync(options.directory, {recursive: true});
  remove(growing);
  const log = `${home}.log`;
  options.onBuild(log);
  const builder = new Builder({...options, libraries, log});
  try {
    const site = siteAt(growing);
    const installed = await install(site, {lockFile, interpreter, builder, options});
    if (!installed.ok) return err(installed.error(log));
    complete(site, {lockFile, interpreter, libraries, packages: installed.value});
    return ok(nameIt(site.home, home));
  } finally {
    remove(growing);
  }
}

interface Work {
  readonly lockFile: LockFile;
  readonly interpreter: Interpreter;
  readonly builder: Builder;
  readonly options: BuildOptions;
}

type Installed =
  | {readonly ok: true; readonly value: readonly FetchedFile[]}
  | {readonly ok: false; readonly error: (log: string) => EnvironmentFailure};

async function install(site: Site, {lockFile, interpreter, builder, options}: Work): Promise<Installed> {
  const {lock, file} = lockFile;
  const {sandbox, origin} = options;
  const failed = (why: StepFailure): Installed => ({ok: false, error: (log) => buildFailed(file, why, log)});
  const empty = await makeEmpty(site, interpreter, builder, sandbox);
  if (!empty.ok) return failed(empty.error);
  const links = linksOf(site.home);
  const put = async (wheels: readonly FetchedFile[]) => {
    const step = await installWheels(wheels, site, builder, sandbox);
    const odd = step.ok ? oddityIn(site.home, links) : undefined;
    return odd === undefined ? step : err(`a package did more than packages may: ${odd}`);
  };
  const indexes = origin === 'own' ? lock.indexes.flatMap((each) => optionWords(each, file)) : [];
  const fetcher = join(options.programs, 'fetch_packages.py');
  const fetched = await fetchPackages(site, {lock, options: indexes, fetcher}, builder);
  if (!fetched.ok) return failed(fetched.error);

  const sources = fetched.value.filter(({kind}) => kind === 'source');
  const refused = mayBuild(sources, lockFile, options);
  if (refused !== undefined) return {ok: false, error: () => refused};
  const isTool = new Set(lock.requirements.flatMap((each) => (each.isTool ? [each.name] : [])));
  const tools = fetched.value.filter(({name, kind}) => kind === 'wheel' && isTool.has(name));
  let rest = fetched.value.filter(({kind}) => kind === 'wheel');
  if (sources.length > 0) {
    const first = await put(tools);
    if (!first.ok) return failed(first.error);
    const built: FetchedFile[] = [];
    for (const source of sources) {
      const wheel = await buildWheel(source, site, builder, sandbox);
      if (!wheel.ok) return failed(wheel.error);
      built.push(wheel.value);
    }
    rest = [...rest.filter((each) => !tools.includes(each)), ...built];
  }
  const done = await put(rest);
  if (!done.ok) return failed(done.error);
  const compiled = await compileAll(site, interpreter, builder, sandbox);
  return compiled.ok ? {ok: true, value: fetched.value} : failed(compiled.error);
}

function optionWords({option, value}: IndexOption, lock: string): readonly string[] {
  if (option === '--no-index') return [option];
  const isPath = option === '--find-links' && !/^[a-z]+:\/\//i.test(value);
  return [option, isPath ? join(dirname(lock), value) : value];
}

/** A source package runs its own code when it is built: a stranger's only confined, and only if the lock says so. */
function mayBuild(
  sources: readonly FetchedFile[],
  {lock, file}: LockFile,
  {origin, sandbox, onWarning}: BuildOptions,
): EnvironmentFailure | undefined {
  if (sources.length === 0) return undefined;
  const names = sources.map(({name}) => name).join(', ');
  const confined = sandbox.name === 'bubblewrap';
  if (origin === 'own') {
    if (!confined) onWarning(`built from source without a sandbox, by code of their own: ${names}`);
    return undefined;
  }
  if (!confined) return unconfined(names);
  const said = new Set(lock.requirements.flatMap((each) => (each.isSaidToBeSource ? [each.name] : [])));
  const unsaid = sources.filter(({name}) => !said.has(name));
  return unsaid.length === 0 ? undefined : silent(file, unsaid);
}

interface Completion extends Pick<Work, 'lockFile' | 'interpreter'> {
  readonly libraries: readonly string[];
  readonly packages: readonly FetchedFile[];
}

function complete({home}: Site, {lockFile, interpreter, libraries, packages}: Completion): void {
  makeMovable(home);
  const manifest = environmentManifestOf(home);
  const {executable, version} = interpreter;
  const marker = markerFor({
    lock: lockFile.digest,
    python: {executable, version},
    libraries,
    manifest: digestOfBytes(manifest),
    packages: packages.map(({name, file, sha256}) => ({name, file, sha256})),
  });
  writeFileSync(join(home, MANIFEST), manifest);
  writeFileSync(join(home, COMPLETE), `${JSON.stringify(marker)}\n`);
}

/** Another run may have been faster, also just now: its environment is as good. */
function nameIt(grown: string, home: string): BuiltEnvironment {
  const marker = readBuilt(grown)?.marker;
  if (marker === undefined) throw new Error(`${grown} lost its marker while it was built`);
  makeReadOnly(grown);
  try {
    renameSync(grown, home);
  } catch (error) {
    const other = readBuilt(home);
    if (other !== undefined) return other;
    // Its interpreter is gone (upgraded, moved), or it is half of one: out of the way with it.
    if (lstatSync(home, {throwIfNoEntry: false}) === undefined) throw error;
    remove(home);
    renameSync(grown, home);
  }
  chmodSync(home, 0o555);
  rememberLooks(home);
  return {home, marker};
}

/**
 * Takes out what says where it lay while it grew: two builds of one lock would differ by it, and it is wrong by now.
 * Installed programs get the interpreter that is found on every stage's PATH.
 */
function makeMovable(home: string): void {
  const settings = join(home, 'pyvenv.cfg');
  const lines = (readSmallText(settings) ?? '').split('\n');
  writeFileSync(settings, lines.filter((line) => !line.startsWith('command =')).join('\n'));
  for (const name of readdirSync(join(home, 'bin'))) {
    const file = join(home, 'bin', name);
    if (!lstatSync(file).isFile()) continue;
    if (/^activate/i.test(name)) rmSync(file);
    const read = readSmallFile(file);
    const text = read.ok ? read.value.toString('latin1') : '';
    const first = SHEBANG.exec(text)?.[0];
    if (first === undefined) continue;
    writeFileSync(file, `#!/usr/bin/env python\n${text.slice(first.length)}`, 'latin1');
  }
}

/** The second is what pip writes where a path is too long for the kernel, or has blanks. */
const SHEBANG = /^#![^\n]*\/environment\/bin\/python[^\n]*\n|^#!\/bin\/sh\n'''exec' [^\n]*\n' '''\n/;

export function remove(path: string): void {
  removeTree(path);
}

const NEXT_SANDBOX = 'install bubblewrap (bwrap), or let somebody who has it replay this';

function unconfined(names: string): EnvironmentFailure {
  return {
    code: 'unconfined-build',
    message: `somebody else’s lock has packages that run their own code when they are built (${names}), and there is no sandbox to do it in`,
    help: NEXT_SANDBOX,
  };
}

function silent(file: string, sources: readonly FetchedFile[]): EnvironmentFailure {
  const names = sources.map((each) => `${each.name} (${each.file})`).join(', ');
  return {
    code: 'unconfined-build',
    message: `${file} does not say that these are built from source, so you were not asked: ${names}`,
    help: 'its author should write a comment with the file’s name above the requirement, as `# NAME-VERSION.tar.gz`',
  };
}

function mute({executable}: Interpreter): EnvironmentFailure {
  return {
    code: 'no-interpreter',
    message: `${executable} can’t say where its standard library is`,
    help: 'try it: `python3 -c "import sysconfig"`; or put another Python 3.11 or 3.12 first on the PATH',
  };
}

function buildFailed(lock: string, output: string, log: string): EnvironmentFailure {
  const end = output.trimEnd().split('\n').slice(-12).join('\n');
  return {
    code: 'build-failed',
    message: `pip could not install ${basename(dirname(lock))}/${basename(lock)}:\n${end}`,
    help: `the whole output is in ${log}; nothing was left half installed`,
  };
}
