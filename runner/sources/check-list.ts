import {checkPath, LIMITS} from '../../artifacts/path-rules.ts';
import {Collisions} from '../../artifacts/trees/collisions.ts';
import {FetchError} from './fetch-error.ts';

interface ListedFile {
  readonly path: string;
  readonly size: number | undefined;
}

/** A list of files that a stranger gave, before the first of them is asked for. @throws FetchError */
export function checkList(files: readonly ListedFile[], limit: number): void {
  if (files.length === 0) throw new FetchError('not-there', 'it has no files');
  if (files.length > LIMITS.entries)
    throw new FetchError('too-large', `it has more than ${LIMITS.entries} files`);
  const collisions = new Collisions();
  let sum = 0;
  for (const {path, size = 0} of files) {
    const rule = checkPath(path);
    if (!rule.ok)
      throw new FetchError('malformed', `${JSON.stringify(path)} can't be the name of a file: ${rule.error}`);
    const other = collisions.add(path);
    if (other !== undefined) {
      const both = `${JSON.stringify(path)} and ${JSON.stringify(other)}`;
      throw new FetchError('malformed', `${both} would be one file on some file systems`);
    }
    if (!Number.isSafeInteger(size) || size < 0) throw new FetchError('malformed', `${path} has no size`);
    sum += size;
  }
  if (sum > limit) throw tooMuch(sum, limit);
}

function tooMuch(sum: number, limit: number): FetchError {
  return new FetchError('too-large', `it has ${sum} bytes, and at most ${limit} are taken`, {
    help: 'if it is right, raise REPRO_SOURCE_LIMIT (in bytes, or as 500G)',
  });
}
