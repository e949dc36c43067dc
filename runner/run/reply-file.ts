import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';
import {canonicalJson, type Json, NotCanonicalError} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

/** Replies are small; a stage that writes more here means something else. */
const MOST_BYTES = 1024 * 1024;

/**
 * A small JSON file that a stage left in its scratch. The stage may have put anything there: a link to a
 * file of the host is not followed, a FIFO does not hang us. Undefined when there is none.
 */
export function readReplyFile(file: string): Result<Json | undefined, string> {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return ok(undefined);
    return err(code === 'ELOOP' ? 'it is a symbolic link' : `it can't be opened (${code})`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return err('it is not a regular file');
    if (stat.size > MOST_BYTES) return err(`it is larger than ${MOST_BYTES} bytes`);
    const value = JSON.parse(readFileSync(descriptor, 'utf8')) as Json;
    canonicalJson(value); // 1e999 is JSON, and no number: it could not be recorded.
    return ok(value);
  } catch (error) {
    if (error instanceof NotCanonicalError) return err(error.message);
    return err(error instanceof SyntaxError ? `it is not JSON: ${error.message}` : String(error));
  } finally {
    closeSync(descriptor);
  }
}
