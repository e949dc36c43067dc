import {closeSync, lstatSync, type Stats, statSync} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import {OBJECT_MODE} from '../disk/verified-objects.ts';
import {namesIn} from '../files/folder-names.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import {digestPatiently} from '../hashing.ts';
import {describeIngestFailure} from '../ingest-failure.ts';
import {digestOfName, type StoreLayout} from '../layout.ts';
import {errnoOf} from '../store-error.ts';

export type CheckedObject =
  | {readonly state: 'sound'; readonly digest: Digest; readonly size: number}
  | {readonly state: 'corrupt'; readonly digest: Digest; readonly actual: Digest; readonly file: string}
  | {readonly state: 'mode'; readonly file: string; readonly why: string}
  | {readonly state: 'unreadable' | 'stray'; readonly file: string; readonly why: string};

/** Hashes every object on disk; what no store put there is a stray. One directory listing in memory. */
export async function* checkObjects(layout: StoreLayout): AsyncGenerator<CheckedObject, void> {
  const owner = lstatSync(layout.root, {throwIfNoEntry: false})?.uid;
  for (const shard of namesIn(layout.objects, 'no-folder')) {
    const directory = `${layout.objects}/${shard}`;
    if (statSync(directory, {throwIfNoEntry: false})?.isDirectory() === false)
      yield {state: 'stray', file: directory, why: 'not a directory'};
    for (const name of namesIn(directory, 'no-folder')) {
      const checked = await checkObject(
        `${directory}/${name}`,
        name.startsWith(shard) ? digestOfName(name) : undefined,
        owner,
      );
      if (checked !== undefined) yield checked;
    }
  }
}

/** Undefined when another process has quarantined it since it was listed. */
async function checkObject(
  file: string,
  digest: Digest | undefined,
  owner: number | undefined,
): Promise<CheckedObject | undefined> {
  if (digest === undefined) return {state: 'stray', file, why: 'not named for a digest'};
  const opened = openRegularFile(file, file);
  if (!opened.ok) {
    if (opened.error.code === 'absent') return undefined;
    const state = opened.error.code === 'unreadable' ? 'unreadable' : 'stray';
    return {state, file, why: describeIngestFailure(opened.error)};
  }
  try {
    const {digest: actual, size} = await digestPatiently(opened.value.descriptor);
    if (actual !== digest) return {state: 'corrupt', digest, actual, file};
    const why = wrongMode(opened.value.stat, owner);
    return why === undefined ? {state: 'sound', digest, size} : {state: 'mode', file, why};
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return {state: 'unreadable', file, why: errno};
  } finally {
    closeSync(opened.value.descriptor);
  }
}

/**
 * A stage that is given it might not read it, or might write to it. Stores of older versions hold objects that only
 * their owner may read, as the umask was: those are well.
 */
function wrongMode(stat: Stats, owner: number | undefined): string | undefined {
  const mode = stat.mode & 0o7777;
  const isPrivate = (mode & 0o400) !== 0 && (mode & ~0o444) === 0 && stat.uid === owner;
  if (mode === OBJECT_MODE || isPrivate) return undefined;
  const whose = stat.uid === owner ? '' : `, and it belongs to user ${stat.uid}`;
  return `its mode is ${mode.toString(8).padStart(4, '0')}, where 0444 was made${whose}`;
}
