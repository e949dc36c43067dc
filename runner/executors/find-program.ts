import {existsSync} from 'node:fs';
import {delimiter, isAbsolute, join} from 'node:path';

/** The absolute path of `program` on `path`. */
export function findProgram(program: string, path: string): string | undefined {
  if (isAbsolute(program)) return existsSync(program) ? program : undefined;
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, program))
    .find((candidate) => existsSync(candidate));
}
