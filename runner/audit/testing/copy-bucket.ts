import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Bucket} from '../../../artifacts/bucket/bucket.ts';

/** All that is in a bucket, as files: for tests that read it as a command does. Flushes nothing. */
export async function copyBucket(from: Bucket, folder: string): Promise<void> {
  for await (const {key} of from.list('')) {
    const reading = await from.get(key);
    const chunks: Uint8Array[] = [];
    if (reading !== undefined) for await (const chunk of reading.chunks) chunks.push(chunk);
    const file = join(folder, key);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, Buffer.concat(chunks));
  }
}
