import {type NoSmallFile, readSmallFile} from '../../artifacts/files/small-file.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Digest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {EnvironmentFailure} from './environment.ts';
import {type Lock, parseLock} from './lock.ts';
import type {LockFault} from './lock-lines.ts';

/** Whose lock it is: the user's own project's, or one that came with somebody else's. */
export type LockOwner = 'own' | 'stranger';

export interface LockFile {
  readonly file: string;
  readonly digest: Digest;
  readonly lock: Lock;
}

/** A lock that may be built for whoever it is from. */
export function readLock(file: string, origin: LockOwner): Result<LockFile, EnvironmentFailure> {
  const read = readSmallFile(file, {links: 'follow'});
  if (!read.ok) return err(noLock(file, read.error));
  const bytes = read.value;
  const parsed = parseLock(bytes);
  if (!parsed.ok) return err(inFile(file, parsed.error));
  const strange = origin === 'stranger' ? namesAFile(parsed.value) : undefined;
  if (strange !== undefined) return err(inFile(file, strange));
  return ok({file, digest: digestOfBytes(bytes), lock: parsed.value});
}

/** `LINE: why` of the first line that nobody's repro builds. */
export function faultOfLock(bytes: Uint8Array): string | undefined {
  const parsed = parseLock(bytes);
  return parsed.ok ? undefined : `${parsed.error.line}: ${parsed.error.why}`;
}

/** What one is asked about, before anything of a stranger's is installed. */
export interface LockSummary {
  readonly packages: number;
  /** Packages whose code runs when they are built, by name. */
  readonly sources: readonly string[];
  /** Indexes that it names and that are not asked. */
  readonly ignored: readonly string[];
}

export function summaryOf({requirements, indexes}: Lock): LockSummary {
  return {
    packages: requirements.length,
    sources: requirements.filter(({isSaidToBeSource}) => isSaidToBeSource).map(({name}) => name),
    ignored: indexes.map(({option, value}) => `${option} ${value}`.trim()),
  };
}

/** Where a stranger's packages come from is for the user's pip to say. */
function namesAFile({requirements}: Lock): LockFault | undefined {
  const found = requirements.find(({from}) => from.by === 'url');
  if (found?.from.by !== 'url') return undefined;
  return {
    code: 'bad-lock',
    line: found.line,
    why: `somebody else’s lock may not say where ${found.name} is fetched from`,
    help: 'its author should name it by its version; to build it all the same, take its files over as a project of your own',
  };
}

function inFile(file: string, {code, line, why, help}: LockFault): EnvironmentFailure {
  return {code, message: `${file}:${line}: ${why}`, help};
}

function noLock(lock: string, {code, why}: NoSmallFile): EnvironmentFailure {
  return {
    code: 'no-lock',
    message: code === 'absent' ? `the lock ${lock} does not exist` : `the lock ${lock} can’t be read: ${why}`,
    help: 'paths are relative to the pipeline file',
  };
}
