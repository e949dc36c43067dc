import type {ListableBucket, ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {LIMITS} from '../../artifacts/path-rules.ts';
import type {Digest} from '../../schemas/digest.ts';
import {bucketOrigin, inWords} from './bucket-origin.ts';
import type {FetchContext, Fetched} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {fetchBlob, fetchTree} from './fetch-files.ts';
import type {RemoteFile} from './remote-file.ts';

/**
 * An object of a bucket, or all under a prefix as a tree. The pipeline names bucket and key; where the bucket is
 * and who asks are the user's to say, so that a pipeline can't send anybody's credentials anywhere.
 */
export async function fetchBucket(
  address: string,
  type: 'blob' | 'tree',
  pin: Digest | undefined,
  context: FetchContext,
): Promise<Fetched> {
  const [, name = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
  const bucket = await inWords(() => context.openBucket(name));
  try {
    if (type === 'tree') {
      return {artifact: await fetchTree(await filesUnder(bucket, key, context), pin, context), notes: []};
    }
    const remote = remoteFile(bucket, key, 'file', pin ?? `s3 ${address}`);
    return {artifact: await fetchBlob(remote, pin, context), notes: []};
  } finally {
    await bucket.close();
  }
}

function remoteFile(bucket: ReadableBucket, key: string, path: string, partial: string): RemoteFile {
  return {path, origin: bucketOrigin(bucket, key), key: partial, size: undefined, listed: undefined};
}

async function filesUnder(
  bucket: ReadableBucket,
  folder: string,
  {limit}: FetchContext,
): Promise<readonly RemoteFile[]> {
  if (!mayList(bucket)) {
    throw new FetchError(
      'denied',
      `${bucket.name} can't be listed without credentials, and a tree needs its list`,
      {
        help: 'set credentials that may list it, or name single files',
      },
    );
  }
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  const files: RemoteFile[] = [];
  let sum = 0;
  await inWords(async () => {
    for await (const {key, size} of bucket.list(prefix)) {
      // What consoles make for an empty folder.
      if (key.endsWith('/') && size === 0) continue;
      sum += size;
      if (files.length >= LIMITS.entries)
        throw new FetchError('too-large', `${prefix} has more than ${LIMITS.entries} files`);
      if (sum > limit)
        throw new FetchError('too-large', `${prefix} has more than ${limit} bytes, the most that is taken`);
      const path = key.slice(prefix.length);
      files.push({...remoteFile(bucket, key, path, `s3 ${bucket.name}${key}`), size});
    }
  });
  return files;
}

function mayList(bucket: ReadableBucket): bucket is ListableBucket {
  return 'list' in bucket;
}
