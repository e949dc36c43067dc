import {err, ok, type Result} from '../../schemas/result.ts';
import type {ReadableBucket, Reading} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {asStore, pauseOrThrow} from './bucket-trouble.ts';

/**
 * A small document that is not named for its content: whoever asks checks what it says. Undefined when there is
 * none; an error for one that is larger than such a document may be.
 */
export function readDocument(
  bucket: ReadableBucket,
  key: string,
  limit: number,
): Promise<Result<Uint8Array, string> | undefined> {
  return asStore(key, async () => {
    for (let failures = 1; ; failures++) {
      const reading = await bucket.get(key);
      if (reading === undefined) return undefined;
      try {
        return await readAll(bucket, key, reading, limit);
      } catch (error) {
        await pauseOrThrow(error, failures);
      }
    }
  });
}

async function readAll(
  bucket: ReadableBucket,
  key: string,
  reading: Reading,
  limit: number,
): Promise<Result<Uint8Array, string>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const tooLarge = () => err(`larger than ${limit} bytes`);
  if ((reading.size ?? 0) > limit) return tooLarge();
  for await (const chunk of reading.chunks) {
    length += chunk.length;
    if (length > limit) return tooLarge();
    chunks.push(chunk);
  }
  if (reading.size !== undefined && length !== reading.size) {
    throw new BucketError('truncated', `${bucket.name}: ${key} ended at byte ${length} of ${reading.size}`);
  }
  return ok(Buffer.concat(chunks));
}
