import {type Dirent, readdirSync} from 'node:fs';
import {errnoOf} from '../disk-trouble.ts';
import {toStoreError} from '../store-error.ts';

/**
 * When a folder that can't be read counts as empty, and is no trouble: where it isn't there; where there is something
 * else than a folder too; or whatever the file system says against it, for what is only looked at.
 */
export type EmptyWhere = 'absent' | 'no-folder' | 'unreadable';

/** The names in a folder, in their order. @throws what the file system said, where that doesn't count as empty */
export function namesIn(folder: string, emptyWhere: EmptyWhere): readonly string[] {
  return orEmpty(emptyWhere, () => readdirSync(folder).sort());
}

/** With their kinds, in the order of their names. @throws as `namesIn` */
export function entriesIn(folder: string, emptyWhere: EmptyWhere): readonly Dirent[] {
  return orEmpty(emptyWhere, () =>
    readdirSync(folder, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

/** Of a folder of a store. @throws StoreError, where that doesn't count as empty */
export function storeNamesIn(folder: string, emptyWhere: EmptyWhere): readonly string[] {
  try {
    return namesIn(folder, emptyWhere);
  } catch (error) {
    throw toStoreError(error, folder);
  }
}

function orEmpty<T>(emptyWhere: EmptyWhere, read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || !(EMPTY[emptyWhere]?.has(errno) ?? true)) throw error;
    return [];
  }
}

const EMPTY: Readonly<Record<EmptyWhere, ReadonlySet<string> | undefined>> = {
  absent: new Set(['ENOENT']),
  'no-folder': new Set(['ENOENT', 'ENOTDIR']),
  unreadable: undefined,
};
