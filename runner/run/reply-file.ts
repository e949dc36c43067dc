import {readSmallFile} from '../../artifacts/files/small-file.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {strictJson} from '../../schemas/strict-json.ts';

/** Replies are small; a stage that writes more here means something else. */
const MOST_BYTES = 1024 * 1024;

/**
 * A small JSON file that a stage left in its scratch. The stage may have put anything there: a link to a
 * file of the host is not followed, a FIFO does not hang us, and what would be read as something else than was
 * written is refused. Undefined when there is none.
 */
export function readReplyFile(file: string): Result<Json | undefined, string> {
  const read = readSmallFile(file, {limit: MOST_BYTES});
  if (!read.ok) return read.error.code === 'absent' ? ok(undefined) : err(read.error.why);
  const json = strictJson(read.value);
  return json.ok ? json : err(`it can’t be read as JSON with one meaning: ${json.error}`);
}
