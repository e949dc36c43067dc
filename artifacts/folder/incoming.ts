import {randomBytes} from 'node:crypto';
import {closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, unlinkSync} from 'node:fs';
import {flushAndClose, flushDirectorySync, makeDirectories} from '../files/durable-directory.ts';
import {errnoOf} from '../store-error.ts';

/** Where files are until they are complete: beside the others, so that naming them is one step. Never listed. */
export const INCOMING = '.incoming';

/** A flushed file under a name that nobody looks at; read-only, as it will be. */
export async function writeIncoming(
  root: string,
  write: (descriptor: number) => Promise<void>,
): Promise<string> {
  const path = `${root}/${INCOMING}/${randomBytes(12).toString('hex')}`;
  const descriptor = create(path, root);
  try {
    await closingOnFailure(descriptor, write);
    await flushAndClose(descriptor);
    return path;
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

async function closingOnFailure(
  descriptor: number,
  write: (descriptor: number) => Promise<void>,
): Promise<void> {
  try {
    await write(descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function create(path: string, root: string): number {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  try {
    return openSync(path, flags, 0o444);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  for (const parent of makeDirectories(root)) flushDirectorySync(parent);
  mkdirSync(`${root}/${INCOMING}`, {recursive: true, mode: 0o700});
  return openSync(path, flags, 0o444);
}

const DAY_MS = 86_400_000;

/** Removes what killed writers left a day ago, by the file system's own clock; `newest` is a file just written. */
export function sweepIncoming(root: string, newest: string): void {
  const now = lstatSync(newest).mtimeMs;
  for (const name of readdirSync(`${root}/${INCOMING}`)) {
    const path = `${root}/${INCOMING}/${name}`;
    try {
      if (lstatSync(path).mtimeMs < now - DAY_MS) unlinkSync(path);
    } catch {
      // Another writer's, gone to its place meanwhile.
    }
  }
}
