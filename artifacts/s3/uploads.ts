import {BucketError} from '../bucket/bucket-error.ts';
import type {S3Connection} from './s3-connection.ts';
import {refusalCode} from './s3-error.ts';

/** An upload in parts that was begun. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  /** By the server's clock, a little early. */
  readonly started: number;
  /** Whether a request to begin it may have been answered without us hearing: then there may be another one. */
  readonly doubtful: boolean;
}

export interface SentPart {
  readonly number: number;
  readonly etag: string;
}

/** Clocks of servers count in seconds. */
const GRACE_MS = 5000;

export async function startUpload(connection: S3Connection, key: string): Promise<Upload> {
  const started = connection.serverNow() - GRACE_MS;
  let tries = 0;
  const create = () =>
    connection.control('starting an upload', async ({client, commands}) => {
      tries++;
      const input = {Bucket: connection.place.bucket, Key: key, ContentType: 'application/octet-stream'};
      return client.send(new commands.CreateMultipartUploadCommand(input));
    });
  try {
    const {UploadId: id} = await connection.retrying(create);
    if (id === undefined)
      throw new BucketError('refused', `${connection.host} began an upload without naming it`);
    return {key, id, started, doubtful: tries > 1};
  } catch (error) {
    await sweepUploads(connection, {key, id: '', started, doubtful: true});
    throw error;
  }
}

/** The moment the object becomes visible, all of it. */
export async function completeUpload(
  connection: S3Connection,
  upload: Upload,
  parts: readonly SentPart[],
  size: number,
): Promise<void> {
  try {
    await connection.retrying(() => complete(connection, upload, parts));
  } catch (error) {
    // After an answer that was lost, the upload is gone because it is complete.
    if (refusalCode(error) !== 'NoSuchUpload' || !(await isComplete(connection, upload, size))) throw error;
  }
}

function complete(connection: S3Connection, {key, id}: Upload, parts: readonly SentPart[]) {
  return connection.control('completing an upload', ({client, commands}) =>
    client.send(
      new commands.CompleteMultipartUploadCommand({
        Bucket: connection.place.bucket,
        Key: key,
        UploadId: id,
        MultipartUpload: {Parts: parts.map(({number, etag}) => ({PartNumber: number, ETag: etag}))},
      }),
    ),
  );
}

/** What is there now is as large, and newer than the upload's beginning. */
async function isComplete(connection: S3Connection, {key, started}: Upload, size: number): Promise<boolean> {
  const answer = await connection.retrying(() => connection.ask({method: 'HEAD', key, expected: [200, 404]}));
  answer.discard();
  const modified = Date.parse(answer.headers['last-modified'] ?? '');
  return answer.status === 200 && Number(answer.headers['content-length']) === size && modified >= started;
}

/** What can't be given up now is given up by a later `gc`. */
export async function abortUpload(
  connection: S3Connection,
  {key, id}: Pick<Upload, 'key' | 'id'>,
): Promise<boolean> {
  try {
    await connection.retrying(() =>
      connection.control('giving up an upload', ({client, commands}) =>
        client.send(
          new commands.AbortMultipartUploadCommand({Bucket: connection.place.bucket, Key: key, UploadId: id}),
        ),
      ),
    );
    return true;
  } catch (error) {
    // The error that led here matters more.
    return refusalCode(error) === 'NoSuchUpload';
  }
}

/**
 * An upload that was begun without our hearing its name would stay, and be paid for. If it is another writer's
 * of the same key, at the same time, that one finds the object complete, or begins again.
 */
export async function sweepUploads(connection: S3Connection, upload: Upload): Promise<void> {
  if (!upload.doubtful) return;
  try {
    for await (const {key, id, started} of uploadsBelow(connection, upload.key)) {
      if (key === upload.key && id !== upload.id && started >= upload.started)
        await abortUpload(connection, {key, id});
    }
  } catch {
    // Nothing that was promised depends on it; `gc` gives it up later.
  }
}

/** All below a prefix (a whole key's) that began before this; how many they were. */
export async function abandonUploads(
  connection: S3Connection,
  prefix: string,
  before: number,
): Promise<number> {
  let abandoned = 0;
  for await (const upload of uploadsBelow(connection, prefix)) {
    if (upload.started < before && (await abortUpload(connection, upload))) abandoned++;
  }
  return abandoned;
}

interface FoundUpload {
  readonly key: string;
  readonly id: string;
  readonly started: number;
}

async function* uploadsBelow(connection: S3Connection, prefix: string): AsyncGenerator<FoundUpload> {
  let marker: {readonly KeyMarker: string; readonly UploadIdMarker?: string} | undefined;
  do {
    const page = await connection.retrying(() =>
      connection.control('listing uploads', ({client, commands}) =>
        client.send(
          new commands.ListMultipartUploadsCommand({
            Bucket: connection.place.bucket,
            Prefix: prefix,
            ...marker,
          }),
        ),
      ),
    );
    for (const {Key: key, UploadId: id, Initiated} of page.Uploads ?? []) {
      if (key !== undefined && id !== undefined) yield {key, id, started: Initiated?.getTime() ?? 0};
    }
    const {IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker} = page;
    marker =
      IsTruncated === true && KeyMarker !== undefined
        ? {KeyMarker, ...(UploadIdMarker !== undefined && {UploadIdMarker})}
        : undefined;
  } while (marker !== undefined);
}
