import {closeSync, constants, fsyncSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {flushDirectorySync} from '../../artifacts/files/durable-directory.ts';
import {readSmallFile} from '../../artifacts/files/small-file.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {type Digest, isDigest} from '../../schemas/digest.ts';

/** One publication that was audited here, signed by a key that was chosen here. */
export interface Sighting {
  readonly signer: string;
  readonly name: string;
  readonly sequence: number;
  readonly publication: Digest;
  /** RFC 3339: when it was first seen. */
  readonly at: string;
  /** Where: a number belongs to a place. Absent in what repro 0.1 noted, which may have been anywhere. */
  readonly place?: string;
  /** Of the one before it. */
  readonly previous?: Digest | null;
  /** Digest of all that it says but when, and after which. */
  readonly says?: Digest;
}

/**
 * What was seen of whom, so that nobody can pass off an old run as the newest, or two runs as the same number. A file
 * of lines that only grows: two audits at once lose nothing, and a torn line is skipped.
 */
export interface Memory {
  of(signer: string, name: string): readonly Sighting[];
  /** Durable when it returns. */
  remember(sighting: Sighting): void;
}

export function seenIn(file: string): Memory {
  return {
    of: (signer, name) => readAll(file).filter((each) => each.signer === signer && each.name === name),
    remember: (sighting) => append(file, sighting),
  };
}

function readAll(file: string): readonly Sighting[] {
  const read = readSmallFile(file, {links: 'follow'});
  if (read.ok) return read.value.toString('utf8').split('\n').flatMap(parseLine);
  if (read.error.code === 'absent') return [];
  // What was seen is what tells an old publication from the newest: not to be forgotten without a word.
  throw new StoreError('occupied', file, `${file}: ${read.error.why}; move it away to begin anew`);
}

function parseLine(line: string): readonly Sighting[] {
  try {
    const parsed = JSON.parse(line) as Record<string, unknown>;
    const {signer, name, sequence, publication, at} = parsed;
    if (typeof signer !== 'string' || typeof name !== 'string' || typeof at !== 'string') return [];
    if (!Number.isSafeInteger(sequence) || !isDigest(publication)) return [];
    return [{signer, name, at, sequence: Number(sequence), publication, ...laterFields(parsed)}];
  } catch {
    return [];
  }
}

/** What came with places. */
function laterFields({place, previous, says}: Record<string, unknown>) {
  return {
    ...(typeof place === 'string' && {place}),
    ...((previous === null || isDigest(previous)) && {previous}),
    ...(isDigest(says) && {says}),
  };
}

function append(file: string, sighting: Sighting): void {
  mkdirSync(dirname(file), {recursive: true, mode: 0o700});
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  const descriptor = openSync(file, flags, 0o600);
  try {
    // A line end first: what a power cut tore must not swallow this one.
    writeSync(descriptor, `\n${JSON.stringify(sighting)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  flushDirectorySync(dirname(file));
}
