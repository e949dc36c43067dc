import {existsSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {type Digest, hexOf, isDigest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {EnvironmentFailure, ReadyEnvironment} from './environment.ts';
import {COMPLETE, changedIn, looksUnchanged, rememberLooks} from './environment-manifest.ts';
import type {Interpreter} from './interpreter.ts';

/**
 * Bump when an environment built before would not do any more. 3: built confined, by what the lock says alone, all of
 * it byte-compiled, with a manifest.
 */
const FORMAT = 3;

/** What a complete environment says of itself. */
export interface Marker {
  readonly format: typeof FORMAT;
  readonly lock: Digest;
  readonly python: Pick<Interpreter, 'executable' | 'version'>;
  /** What the interpreter needs to see, and how its programs looked: an upgrade in place is another Python. */
  readonly libraries: readonly string[];
  readonly looks: Readonly<Record<string, string>>;
  readonly manifest: Digest;
  /** What was installed, by file. */
  readonly packages: readonly {readonly name: string; readonly file: string; readonly sha256: string}[];
}

export interface BuiltEnvironment {
  readonly home: string;
  readonly marker: Marker;
}

export function markerFor(parts: Omit<Marker, 'format' | 'looks'>): Marker {
  return {format: FORMAT, ...parts, looks: looksOf(parts.libraries)};
}

function looksOf(libraries: readonly string[]): Readonly<Record<string, string>> {
  const stats = libraries.map((path) => [path, statSync(path, {throwIfNoEntry: false})] as const);
  return Object.fromEntries(
    stats.flatMap(([path, stat]) =>
      stat?.isFile() ? [[path, `${stat.size} ${stat.mtimeMs}`] as const] : [],
    ),
  );
}

/** All that decides its bytes: nothing else may share its name. */
export function environmentName(lock: Digest, version: string): string {
  return `${lockPrefix(lock)}${version}`;
}

function lockPrefix(lock: Digest): string {
  return `v${FORMAT}-${hexOf(lock)}-cp`;
}

/** Whichever supported Python it was built with: opening one must not depend on the path. */
export function findBuilt(directory: string, lock: Digest): BuiltEnvironment | undefined {
  if (!existsSync(directory)) return undefined;
  const names = readdirSync(directory).filter((name) => name.startsWith(lockPrefix(lock)));
  for (const name of names.sort()) {
    const built = readBuilt(join(directory, name));
    if (built?.marker.lock === lock && name === environmentName(lock, built.marker.python.version))
      return built;
  }
  return undefined;
}

/** Undefined where it is not whole, or its Python is gone or is another one by now. */
export function readBuilt(home: string): BuiltEnvironment | undefined {
  try {
    const marker = JSON.parse(readSmallText(join(home, COMPLETE)) ?? 'null') as Marker;
    if (marker.format !== FORMAT || !isDigest(marker.manifest) || !isDigest(marker.lock)) return undefined;
    const isThere = existsSync(marker.python.executable);
    const same = JSON.stringify(looksOf(marker.libraries)) === JSON.stringify(marker.looks);
    return isThere && same ? {home, marker} : undefined;
  } catch {
    return undefined;
  }
}

export type Verification = 'look' | 'read every byte';

/** An environment that was changed after it was built is nobody's any more: it is not used. */
export function openBuilt(
  {home, marker}: BuiltEnvironment,
  verification: Verification = 'look',
): Result<ReadyEnvironment, EnvironmentFailure> {
  if (verification === 'read every byte' || !looksUnchanged(home)) {
    const changed = changedIn(home, marker.manifest);
    if (changed !== undefined) return err(changedEnvironment(home, changed));
    rememberLooks(home);
  }
  return ok({
    identity: {type: 'python', lock: marker.lock, python: marker.python.version},
    python: {in: 'home', home},
    libraries: marker.libraries,
  });
}

function changedEnvironment(home: string, path: string): EnvironmentFailure {
  return {
    code: 'changed-environment',
    message: `the environment ${home} is not what was built: ${JSON.stringify(path)} was changed, added or removed since`,
    help: 'find out who did; then `repro environment --rebuild LOCK` builds it anew',
  };
}
