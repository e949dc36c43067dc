import {createHash} from 'node:crypto';
import type {ReadableBucket} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';

/**
 * All bytes of an object, or an error: goes on where a connection broke off, begins again when the hash is wrong.
 * The smallest reader that may be trusted; the one that people use is in `remote/`.
 */
export async function readChecked(
  bucket: ReadableBucket,
  key: string,
  sha256: string,
  size: number,
): Promise<Buffer> {
  for (let tries = 0; tries < 5; tries++) {
    const bytes = await readWhole(bucket, key, size);
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  }
  throw new BucketError('damaged', `${key}: other bytes than they should be`);
}

async function readWhole(bucket: ReadableBucket, key: string, size: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let tries = 0; at < size && tries < 10; tries++) {
    const reading = await bucket.get(key, {from: at});
    if (reading === undefined) throw new BucketError('refused', `${key} is not there`);
    try {
      for await (const chunk of reading.chunks) {
        chunks.push(Uint8Array.from(chunk));
        at += chunk.length;
      }
    } catch (error) {
      if (!(error instanceof BucketError && error.code === 'truncated')) throw error;
    }
  }
  return Buffer.concat(chunks);
}
