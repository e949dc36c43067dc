import {closeSync, constants, fsync, fsyncSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {promisify} from 'node:util';
import {inParallel} from '../at-a-time.ts';
import {errnoOf} from '../store-error.ts';

/**
 * Makes a directory and its ancestors. Resolves to what must be flushed so that they survive a power
 * cut: a new directory is an entry in its parent, up to the first parent that was there before.
 */
export function makeDirectories(path: string): readonly string[] {
  const first = mkdirSync(path, {recursive: true});
  if (first === undefined) return [];
  const parents: string[] = [];
  for (let made = path; made.length >= first.length; made = dirname(made)) parents.push(dirname(made));
  return parents;
}

const fsyncLater = promisify(fsync);

/** Below `root`, which directories this process knows to be durable themselves. */
export interface DirectoryState {
  readonly root: string;
  readonly settled: Set<string>;
}

/**
 * Directories to flush, each once, before a batch of writes is acknowledged. A directory's own entry in
 * its parent counts too, on first use: another process may have made it a moment ago, flushed nothing,
 * and been killed.
 */
export class TouchedDirectories {
  readonly #paths = new Set<string>();
  readonly #settling = new Set<string>();
  readonly #state: DirectoryState;

  constructor(state: DirectoryState) {
    this.#state = state;
  }

  add(directory: string): void {
    this.#paths.add(directory);
    const {root, settled} = this.#state;
    for (let at = directory; at.length > root.length && !settled.has(at); at = dirname(at)) {
      this.#paths.add(dirname(at));
      this.#settling.add(at);
    }
  }

  async flush(): Promise<void> {
    await inParallel(this.#paths, AT_ONCE, flushDirectory);
    for (const directory of this.#settling) this.#state.settled.add(directory);
    this.#paths.clear();
    this.#settling.clear();
  }
}

/** As many as libuv has threads for; flushes that run together share one journal commit. */
export const AT_ONCE = 4;

async function flushDirectory(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await fsyncLater(descriptor);
  } catch (error) {
    // Some network file systems have no fsync for directories; there is nothing better to do there.
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error;
  } finally {
    closeSync(descriptor);
  }
}

export function flushDirectorySync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Flushes a file by its path: it may be one that another process wrote and didn't flush. */
export async function flushFile(path: string): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await fsyncLater(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A failed flush is not tried again on the same descriptor: the kernel may have dropped the pages. */
export function flushDescriptor(descriptor: number): Promise<void> {
  return fsyncLater(descriptor);
}

export async function flushAndClose(descriptor: number): Promise<void> {
  try {
    await flushDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
