import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {attestationsKey} from '../../artifacts/bucket/bucket-layout.ts';
import type {Digest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type Envelope, encodeEnvelope, parseEnvelope} from '../attest/dsse.ts';
import {readSmall} from './read-small.ts';

const BUNDLE_LIMIT = 256 * 2 ** 20;

/** The signatures of a publication, one envelope a line; each line just as repro writes it. */
export async function readBundle(
  bucket: ReadableBucket,
  publication: Digest,
): Promise<Result<readonly Envelope[], string>> {
  const bytes = await readSmall(bucket, attestationsKey(publication), BUNDLE_LIMIT);
  if (bytes === 'absent') return err('its attestations are not there');
  if (bytes === 'too-large') return err('its attestations are larger than they may be');
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  if (lines.pop() !== '') return err('its attestations end in the middle of a line');
  return parseLines(lines);
}

function parseLines(lines: readonly string[]): Result<readonly Envelope[], string> {
  const envelopes: Envelope[] = [];
  for (const [at, line] of lines.entries()) {
    const bytes = Buffer.from(line, 'latin1');
    const parsed = parseEnvelope(bytes);
    if (!parsed.ok) return err(`line ${at + 1} of its attestations is no envelope: ${parsed.error}`);
    if (!Buffer.from(encodeEnvelope(parsed.value)).equals(bytes))
      return err(`line ${at + 1} of its attestations is not written as repro writes it`);
    envelopes.push(parsed.value);
  }
  return envelopes.length > 0 ? ok(envelopes) : err('its attestations are empty');
}
