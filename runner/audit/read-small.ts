import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {readDocument} from '../../artifacts/remote/read-document.ts';

/** A small document, whole. Reading stops at the limit: what is endless is too large, and nothing worse. */
export async function readSmall(
  bucket: ReadableBucket,
  key: string,
  limit: number,
): Promise<Uint8Array | 'absent' | 'too-large'> {
  const read = await readDocument(bucket, key, limit);
  if (read === undefined) return 'absent';
  return read.ok ? read.value : 'too-large';
}
