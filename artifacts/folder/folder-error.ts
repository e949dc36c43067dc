import {BucketError, type BucketErrorCode} from '../bucket/bucket-error.ts';
import {errnoOf, StoreError} from '../store-error.ts';

const CODES: Readonly<Record<string, BucketErrorCode>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EMFILE: 'busy',
  ENFILE: 'busy',
  EIO: 'unreachable',
  ESTALE: 'unreachable',
};

/** What the file system said, as trouble with a bucket; passes on what is one already, and bugs. */
export function folderBucketError(error: unknown, bucket: string): unknown {
  if (error instanceof StoreError)
    return new BucketError('refused', `${bucket}: ${error.message}`, {cause: error});
  const errno = errnoOf(error);
  if (errno === undefined || !(error instanceof Error)) return error;
  const why =
    errno === 'ENOTDIR' || errno === 'EISDIR' ? 'a file is where a folder should be, or the reverse: ' : '';
  return new BucketError(CODES[errno] ?? 'refused', `${bucket}: ${why}${error.message}`, {cause: error});
}
