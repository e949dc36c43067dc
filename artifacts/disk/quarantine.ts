import {randomBytes} from 'node:crypto';
import {mkdirSync, renameSync} from 'node:fs';
import {basename} from 'node:path';
import type {StoreLayout} from '../layout.ts';
import {errnoOf} from '../store-error.ts';

/**
 * Takes a damaged file out of use and keeps it for people to look at. Two processes may find the same
 * damage: the second finds it gone. Gives the file's new place, or undefined when it can't be moved
 * (a read-only store): whoever found it reports it either way.
 */
export function quarantine(
  layout: StoreLayout,
  path: string,
  kind: 'object' | 'receipt',
): string | undefined {
  const place = `${layout.quarantine}/${kind}-${basename(path)}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(layout.quarantine, {recursive: true});
    renameSync(path, place);
    return place;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
