import {createHash, type Hash} from 'node:crypto';
import {closeSync} from 'node:fs';
import {setImmediate as letOthersRun} from 'node:timers/promises';
import {inParallel} from '../at-a-time.ts';
import type {Capabilities, FileToPut} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import {CHUNK, checkDigest, openFileToPut, readChunks} from '../bucket/file-to-put.ts';
import type {S3Connection} from './s3-connection.ts';
import {refusalCode} from './s3-error.ts';
import {
  abortUpload,
  completeUpload,
  type SentPart,
  startUpload,
  sweepUploads,
  type Upload,
} from './uploads.ts';

/** A file up to this size is one request; larger ones are parts of this size, or of a ten-thousandth of the file. */
export const PART = 16 * 2 ** 20;
const MOST_PARTS = 10_000;
/** Four are sent while the next one is hashed. */
const AT_ONCE = 5;

/**
 * A large file in constant memory: each part is read to be hashed, while others are read again to be sent. The
 * whole file's SHA-256 is known when its last part is hashed: nothing becomes visible unless it is the right one.
 */
export async function putInParts(
  connection: S3Connection,
  key: string,
  file: FileToPut,
  capabilities: Capabilities,
): Promise<void> {
  const descriptor = openFileToPut(file);
  try {
    const upload = await startUpload(connection, key);
    try {
      const transfer = {connection, upload, descriptor, file, withMd5: !capabilities.checksPayload};
      await completeUpload(connection, upload, await sendParts(transfer), file.size);
    } catch (error) {
      await abortUpload(connection, upload);
      throw restartable(error, key);
    } finally {
      await sweepUploads(connection, upload);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Somebody gave our upload up (a gc that took it for abandoned): all of it is to be sent again. */
function restartable(error: unknown, key: string): unknown {
  if (refusalCode(error) !== 'NoSuchUpload') return error;
  return new BucketError('busy', `the upload of ${key} was given up by the server; it begins again`, {
    cause: error,
  });
}

interface Transfer {
  readonly connection: S3Connection;
  readonly upload: Upload;
  readonly descriptor: number;
  readonly file: FileToPut;
  /** For servers that don't check the SHA-256. */
  readonly withMd5: boolean;
}

/** Returns or throws only when nothing is under way any more: an upload is given up once nobody adds to it. */
async function sendParts(transfer: Transfer): Promise<readonly SentPart[]> {
  const whole = createHash('sha256');
  const sent: SentPart[] = [];
  await inParallel(hashedParts(transfer, whole), AT_ONCE, async (part) => {
    sent[part.number - 1] = await sendPart(transfer, part);
  });
  checkDigest(transfer.file, whole.digest('hex'));
  return sent;
}

/** One after another, since the hash of the whole goes through them in their order; each as there is room to send it. */
async function* hashedParts(transfer: Transfer, whole: Hash): AsyncGenerator<HashedPart> {
  for (const part of partsOf(transfer.file.size)) yield await hashPart(transfer, part, whole);
}

interface Part {
  /** From 1. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

function partsOf(size: number): readonly Part[] {
  const length = Math.max(PART, CHUNK * Math.ceil(size / MOST_PARTS / CHUNK));
  const count = Math.ceil(size / length);
  return Array.from({length: count}, (_, at) => ({
    number: at + 1,
    from: at * length,
    to: Math.min(size, (at + 1) * length),
  }));
}

/** One of the two, which the server checks: that the part came as it was sent. */
type HashedPart = Part &
  ({readonly sha256: string; readonly md5?: never} | {readonly sha256?: never; readonly md5: string});

async function hashPart({descriptor, file, withMd5}: Transfer, part: Part, whole: Hash): Promise<HashedPart> {
  const checked = createHash(withMd5 ? 'md5' : 'sha256');
  let chunks = 0;
  for (const chunk of readChunks(descriptor, file.path, part.from, part.to)) {
    whole.update(chunk);
    checked.update(chunk);
    // Others' bytes are to flow meanwhile.
    if (++chunks % 4 === 0) await letOthersRun();
  }
  return withMd5 ? {...part, md5: checked.digest('base64')} : {...part, sha256: checked.digest('hex')};
}

function sendPart({connection, upload, descriptor, file}: Transfer, part: HashedPart): Promise<SentPart> {
  const {number, from, to, sha256, md5} = part;
  return connection.retrying(async () => {
    const answer = await connection.ask({
      method: 'PUT',
      key: upload.key,
      query: {partNumber: String(number), uploadId: upload.id},
      headers: {'content-length': String(to - from), ...(md5 !== undefined && {'content-md5': md5})},
      body: () => readChunks(descriptor, file.path, from, to),
      sha256: sha256 ?? 'UNSIGNED-PAYLOAD',
      expected: [200],
    });
    answer.discard();
    return {number, etag: etagOf(answer.headers.etag)};
  });
}

/** Not an identity: the server wants to hear it again. */
function etagOf(etag: string | undefined): string {
  if (etag !== undefined) return etag;
  throw new BucketError('refused', 'the server took a part and gave no ETag for it');
}
