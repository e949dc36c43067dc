import type {Bucket, ListableBucket, ReadableBucket} from './bucket.ts';

/**
 * Of a bucket what reading needs, with the listing where it has one, and nothing that writes: what was opened to be
 * read can't be changed by a mistake. Stores over it (`remote/`) refuse to write, as over a web server.
 */
export function readOnly(bucket: Bucket | ReadableBucket): ReadableBucket | ListableBucket {
  const reading: ReadableBucket = {
    name: bucket.name,
    size: (key) => bucket.size(key),
    get: (key, range) => bucket.get(key, range),
    close: () => bucket.close(),
  };
  return 'list' in bucket ? {...reading, list: (prefix, after) => bucket.list(prefix, after)} : reading;
}
