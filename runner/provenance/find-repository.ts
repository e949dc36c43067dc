import {lstatSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Repository} from './quiet-git.ts';

/**
 * The nearest folder upwards with a `.git`. git itself would also take a folder that only looks like a bare repository,
 * and a work tree elsewhere that a configuration names.
 */
export function findRepository(directory: string, world: Omit<Repository, 'folder'>): Repository | undefined {
  let folder = realpathSync(directory);
  for (;;) {
    if (hasGit(folder)) return {...world, folder};
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

/** A folder, or the small file of a linked work tree or a submodule. */
export function hasGit(folder: string): boolean {
  const git = lstatSync(join(folder, '.git'), {throwIfNoEntry: false});
  return git !== undefined && (git.isDirectory() || git.isFile());
}
