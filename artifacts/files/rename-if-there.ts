import {renameSync} from 'node:fs';
import {errnoOf} from '../disk-trouble.ts';

/** Whether it was still there to be renamed: another process may have been quicker. */
export function renameIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
