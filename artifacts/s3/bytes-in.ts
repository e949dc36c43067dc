import {createHash} from 'node:crypto';
import {closeSync} from 'node:fs';
import type {FileToPut} from '../bucket/bucket.ts';
import {CHUNK, eachCheckedChunk, openFileToPut, readChunks} from '../bucket/file-to-put.ts';
import type {HashedBytes} from './put-whole.ts';

/** A file as the body of one request: read twice, first to hash it (the signature comes before the bytes), then to send it. */
export function bytesIn(file: FileToPut): {
  readonly body: () => Promise<HashedBytes>;
  readonly close: () => void;
} {
  const descriptor = openFileToPut(file);
  const body = async () => {
    const md5 = createHash('md5');
    const kept: Buffer[] = [];
    await eachCheckedChunk(descriptor, file, (chunk) => {
      md5.update(chunk);
      if (file.size <= CHUNK) kept.push(Buffer.from(chunk));
    });
    const again = () => readChunks(descriptor, file.path, 0, file.size);
    return {
      length: file.size,
      sha256: file.sha256,
      md5: md5.digest('base64'),
      content: file.size <= CHUNK ? Buffer.concat(kept) : again,
    };
  };
  return {body, close: () => closeSync(descriptor)};
}
