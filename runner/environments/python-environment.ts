import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {type NoSmallFile, readSmallFile, readSmallText} from '../../artifacts/small-file.ts';
import {execa} from 'execa';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {ownedName} from '../../artifacts/owner.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {EnvironmentIdentity} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {EnvironmentFailure, ReadyEnvironment} from './environment.ts';
import {installCommands} from './install-commands.ts';
import {findInterpreter, type Interpreter, minorOf} from './interpreter.ts';

/** Bump when an environment built before would not do any more. */
const FORMAT = 2;
const COMPLETE = 'repro-complete.json';

export interface PythonEnvironmentOptions {
  readonly lock: string;
  readonly installer: 'pip' | 'uv';
  /** Where environments are kept, one directory each; shared by all projects of a user. */
  readonly directory: string;
  readonly path: string;
  /** Unique among living processes. */
  readonly owner: string;
  /** The user's whole environment: pip and uv find their index and certificates through it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Called when it has to be built, with the file that the installer's output goes to. */
  readonly onBuild: (log: string) => void;
  /** Ends a build that nobody waits for any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The environment that a lock describes, built at most once on a machine and then only opened.
 * Keyed by the lock's digest and the Python version; visible under its name only when complete.
 */
export async function pythonEnvironment(
  options: PythonEnvironmentOptions,
): Promise<Result<ReadyEnvironment, EnvironmentFailure>> {
  const read = readSmallFile(options.lock, {links: 'follow'});
  if (!read.ok) return err(noLock(options.lock, read.error));
  const text = read.value;
  const lock = digestOfBytes(text);
  const built = findBuilt(options.directory, lock);
  if (built !== undefined) return ok(built);

  const unhashed = firstUnhashedLine(text.toString());
  if (unhashed !== undefined) return err(unhashedLock(options.lock, unhashed));
  const interpreter = await findInterpreter(options.path);
  if (interpreter === undefined) return err(noInterpreter());
  return build(options, lock, interpreter);
}

/** Known before it is built: a stage whose result is cached needs no environment at all. */
export async function pythonIdentity(
  options: Pick<PythonEnvironmentOptions, 'lock' | 'directory' | 'path'>,
): Promise<Result<EnvironmentIdentity, EnvironmentFailure>> {
  const read = readSmallFile(options.lock, {links: 'follow'});
  if (!read.ok) return err(noLock(options.lock, read.error));
  const text = read.value;
  const lock = digestOfBytes(text);
  const built = findBuilt(options.directory, lock);
  if (built !== undefined) return ok(built.identity);
  const unhashed = firstUnhashedLine(text.toString());
  if (unhashed !== undefined) return err(unhashedLock(options.lock, unhashed));
  const interpreter = await findInterpreter(options.path);
  return interpreter === undefined
    ? err(noInterpreter())
    : ok({type: 'python', lock, python: interpreter.version});
}

/** Whichever supported Python it was built with: opening one must not depend on the path. */
function findBuilt(directory: string, lock: Digest): ReadyEnvironment | undefined {
  if (!existsSync(directory)) return undefined;
  const names = readdirSync(directory)
    .filter((name) => name.startsWith(`${lockPrefix(lock)}-`))
    .sort();
  for (const name of names) {
    const marker = join(directory, name, COMPLETE);
    const made = readMarker(marker);
    if (made === undefined) continue;
    const {version, prefix, executable} = made;
    if (existsSync(executable)) return ready(join(directory, name), lock, {version, prefix, executable});
  }
  return undefined;
}

function ready(home: string, lock: Digest, interpreter: Interpreter): ReadyEnvironment {
  return {
    identity: {type: 'python', lock, python: interpreter.version},
    python: {in: 'home', home},
    libraries: [interpreter.prefix],
  };
}

async function build(
  options: PythonEnvironmentOptions,
  lock: Digest,
  interpreter: Interpreter,
): Promise<Result<ReadyEnvironment, EnvironmentFailure>> {
  const name = `${lockPrefix(lock)}-cp${minorOf(interpreter.version).replace('.', '')}`;
  const home = join(options.directory, name);
  // A name of its own while it grows, so that two runs may build at once and the second is thrown away; and
  // its builder's, so that what a killed one leaves is known to be nobody's.
  const growing = join(options.directory, ownedName(options.owner, name));
  const log = `${home}.log`;
  mkdirSync(options.directory, {recursive: true});
  removeGrowing(growing);
  options.onBuild(log);
  for (const [program, ...rest] of installCommands(options, interpreter, growing)) {
    const step = await execa(program, rest, {
      reject: false,
      extendEnv: false,
      env: installerVariables(options.variables),
      all: true,
      ...(options.signal !== undefined && {cancelSignal: options.signal}),
    });
    writeFileSync(log, `$ ${[program, ...rest].join(' ')}\n${step.all}\n`, {flag: 'a'});
    if (step.failed) {
      removeGrowing(growing);
      const words = step.all ?? '';
      return err(
        buildFailed(options, words === '' ? (step.shortMessage ?? 'it could not be started') : words, log),
      );
    }
  }
  writeFileSync(join(growing, COMPLETE), JSON.stringify(interpreter));
  makeMovable(growing);
  nameIt(growing, home);
  removeGrowing(growing);
  return ok(ready(home, lock, interpreter));
}

/** One that is torn, or something else in its place, is none: the environment is built anew. */
function readMarker(marker: string): Interpreter | undefined {
  try {
    const made = JSON.parse(readSmallText(marker) ?? 'null') as Partial<Interpreter> | null;
    const isWhole = [made?.version, made?.prefix, made?.executable].every((part) => typeof part === 'string');
    return isWhole ? (made as Interpreter) : undefined;
  } catch {
    return undefined;
  }
}

/** Another run may have been faster, also just now: its environment is as good. */
function nameIt(growing: string, home: string): void {
  try {
    renameSync(growing, home);
  } catch (error) {
    if (isWhole(home)) return;
    // Its interpreter is gone (upgraded, moved): out of the way with it.
    if (!existsSync(home)) throw error;
    rmSync(home, {recursive: true});
    renameSync(growing, home);
  }
}

function isWhole(home: string): boolean {
  const made = readMarker(join(home, COMPLETE));
  return made !== undefined && existsSync(made.executable);
}

/**
 * Installed programs name their interpreter by its path while they were installed. The environment is seen under other
 * paths, so they get the one that is found on every stage's PATH.
 */
function makeMovable(growing: string): void {
  const directory = join(growing, 'bin');
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    if (lstatSync(file).isSymbolicLink()) continue;
    const text = readFileSync(file, 'latin1');
    if (!text.startsWith(`#!${growing}`)) continue;
    writeFileSync(file, `#!/usr/bin/env python${text.slice(text.indexOf('\n'))}`, 'latin1');
  }
}

function removeGrowing(growing: string): void {
  for (const path of [growing, `${growing}.tools.txt`]) rmSync(path, {recursive: true, force: true});
}

/** What the user set, but nothing that would make the environment depend on the user's Python set-up. */
function installerVariables(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || name.startsWith('PYTHON') || name === 'VIRTUAL_ENV') continue;
    kept[name] = value;
  }
  return kept;
}

/** Every requirement must pin an exact version and carry a hash: else the lock locks nothing. */
export function firstUnhashedLine(text: string): number | undefined {
  const lines = text.replaceAll(/\\\n/g, '\u0001').split('\n');
  let number = 1;
  for (const line of lines) {
    const requirement = line.trim();
    const isRequirement = requirement !== '' && !requirement.startsWith('#') && !requirement.startsWith('--');
    if (isRequirement && !/--hash=sha256:[0-9a-f]{64}/.test(requirement)) return number;
    number += 1 + line.split('\u0001').length - 1;
  }
  return undefined;
}

function unhashedLock(lock: string, line: number): EnvironmentFailure {
  return {
    code: 'unhashed-lock',
    message: `${lock}:${line}: this requirement has no --hash, so the lock does not say which bytes to install`,
    help: 'write the lock with hashes: `pip-compile --generate-hashes` or `uv export --format requirements-txt`',
  };
}

function noLock(lock: string, {code, why}: NoSmallFile): EnvironmentFailure {
  return {
    code: 'no-lock',
    message: code === 'absent' ? `the lock ${lock} does not exist` : `the lock ${lock} can’t be read: ${why}`,
    help: 'paths are relative to the pipeline file',
  };
}

function noInterpreter(): EnvironmentFailure {
  return {
    code: 'no-interpreter',
    message: 'no Python 3.11 or 3.12 on the PATH',
    help: 'install one (on Debian and Ubuntu: `apt-get install python3 python3-venv`), then run again',
  };
}

function buildFailed(options: PythonEnvironmentOptions, output: string, log: string): EnvironmentFailure {
  const end = output.trimEnd().split('\n').slice(-12).join('\n');
  return {
    code: 'build-failed',
    message: `${options.installer} could not install ${basename(dirname(options.lock))}/${basename(options.lock)}:\n${end}`,
    help: `the whole output is in ${log}; nothing was left half installed`,
  };
}

function lockPrefix(lock: Digest): string {
  return `v${FORMAT}-${hexOf(lock).slice(0, 20)}`;
}
