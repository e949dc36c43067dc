import {closeSync, readdirSync} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import {digestPatiently} from '../hashing.ts';
import {describeIngestFailure} from '../ingest-failure.ts';
import {digestOfName, type StoreLayout} from '../layout.ts';
import {openRegularFile} from '../open-regular-file.ts';
import {errnoOf} from '../store-error.ts';

export type CheckedObject =
  | {readonly state: 'sound'; readonly digest: Digest; readonly size: number}
  | {readonly state: 'corrupt'; readonly digest: Digest; readonly actual: Digest; readonly file: string}
  | {readonly state: 'unreadable' | 'stray'; readonly file: string; readonly why: string};

/** Hashes every object on disk; what no store put there is a stray. One directory listing in memory. */
export async function* checkObjects(layout: StoreLayout): AsyncGenerator<CheckedObject, void> {
  for (const shard of namesIn(layout.objects) ?? []) {
    const directory = `${layout.objects}/${shard}`;
    const names = namesIn(directory);
    if (names === undefined) yield {state: 'stray', file: directory, why: 'not a directory'};
    for (const name of names ?? []) {
      const checked = await checkObject(
        `${directory}/${name}`,
        name.startsWith(shard) ? digestOfName(name) : undefined,
      );
      if (checked !== undefined) yield checked;
    }
  }
}

/** Undefined when another process has quarantined it since it was listed. */
async function checkObject(file: string, digest: Digest | undefined): Promise<CheckedObject | undefined> {
  if (digest === undefined) return {state: 'stray', file, why: 'not named for a digest'};
  const opened = openRegularFile(file, file);
  if (!opened.ok) {
    if (opened.error.code === 'absent') return undefined;
    const state = opened.error.code === 'unreadable' ? 'unreadable' : 'stray';
    return {state, file, why: describeIngestFailure(opened.error)};
  }
  try {
    const {digest: actual, size} = await digestPatiently(opened.value.descriptor);
    return actual === digest ? {state: 'sound', digest, size} : {state: 'corrupt', digest, actual, file};
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return {state: 'unreadable', file, why: errno};
  } finally {
    closeSync(opened.value.descriptor);
  }
}

function namesIn(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
