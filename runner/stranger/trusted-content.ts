import {randomBytes} from 'node:crypto';
import {closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {namesIn} from '../../artifacts/files/folder-names.ts';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {errnoOf} from '../../artifacts/store-error.ts';
import {type Digest, digestFromHex, hexOf, isDigest} from '../../schemas/digest.ts';

/** A stranger's content that this user chose to run. */
export interface TrustedContent {
  readonly content: Digest;
  /** What it is called, and where it came from: for people. */
  readonly name: string;
  readonly place: string;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * `trust/<digest>.json` in the user's configuration, for its owner alone. It is outside of every project, and a
 * file that somebody else could have written grants nothing.
 */
export function trustFolder(configuration: string): string {
  return join(configuration, 'trust');
}

const FILE = /^([0-9a-f]{64})\.json$/;

export function isTrusted(folder: string, content: Digest): boolean {
  return readOne(folder, content) !== undefined;
}

/** The newest first. */
export function listTrusted(folder: string): readonly TrustedContent[] {
  const hexes = namesIn(folder, 'absent').flatMap((name) => FILE.exec(name)?.[1] ?? []);
  const all = hexes.flatMap((hex) => readOne(folder, digestFromHex(hex)) ?? []);
  return all.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

/** Durable when it returns: nobody is asked twice because of a power cut. */
export function trustContent(folder: string, trusted: TrustedContent): void {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const file = fileOf(folder, trusted.content);
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify({trust: 1, ...trusted})}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}

export function revoke(folder: string, content: Digest): void {
  rmSync(fileOf(folder, content), {force: true});
}

function fileOf(folder: string, content: Digest): string {
  return join(folder, `${hexOf(content)}.json`);
}

function readOne(folder: string, content: Digest): TrustedContent | undefined {
  const file = fileOf(folder, content);
  try {
    const stat = lstatSync(file);
    const isOurs = stat.isFile() && (stat.mode & 0o022) === 0 && (lstatSync(folder).mode & 0o022) === 0;
    const text = isOurs ? readSmallText(file) : undefined;
    return text === undefined ? undefined : parse(text, content);
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function parse(text: string, wanted: Digest): TrustedContent | undefined {
  try {
    const {trust, content, name, place, at} = JSON.parse(text) as Record<string, unknown>;
    if (trust !== 1 || !isDigest(content) || content !== wanted) return undefined;
    if (typeof name !== 'string' || typeof place !== 'string' || typeof at !== 'string') return undefined;
    return {content, name, place, at};
  } catch {
    return undefined; // Torn, or not ours: it grants nothing.
  }
}
