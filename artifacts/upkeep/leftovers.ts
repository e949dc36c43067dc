import {randomBytes} from 'node:crypto';
import {mkdirSync, renameSync} from 'node:fs';
import {basename, join} from 'node:path';
import {namesIn} from '../files/folder-names.ts';
import {removeTree, type Stuck} from '../files/remove-tree.ts';
import type {StoreLayout} from '../layout.ts';
import {errnoOf} from '../store-error.ts';

/**
 * Moves what can't be removed out of the way of all that comes after, so that it is told once and tried again only by
 * `gc`. Gives what is stuck by its new place; by the old one where it can't be moved either.
 */
export function setAside({leftovers}: StoreLayout, path: string, stuck: readonly Stuck[]): readonly Stuck[] {
  const place = join(leftovers, `${basename(path)}.${randomBytes(4).toString('hex')}`);
  try {
    mkdirSync(leftovers, {recursive: true, mode: 0o700});
    renameSync(path, place);
    return stuck.map((each) => ({...each, path: each.path.replace(path, () => place)}));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return stuck;
  }
}

/** What is immutable or mounted today may be gone tomorrow. Gives what still stays. */
export function removeLeftovers({leftovers}: StoreLayout): readonly Stuck[] {
  return namesIn(leftovers, 'unreadable').flatMap((name) => removeTree(join(leftovers, name)));
}
