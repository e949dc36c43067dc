import {BucketError} from './bucket-error.ts';

const PARTS = /^[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/;
const PREFIX = /^[A-Za-z0-9._~/-]*$/;
const CLIMBS = /(^|\/)\.{1,2}(\/|$)/;
/** What S3 takes. */
const LONGEST = 1024;

/**
 * A key as it is, or an error: what a bucket is asked for may come out of a stranger's document, and is about
 * to become a path in a folder, a part of a URL, and of what is signed. None of these then has to escape anything.
 */
export function checkedKey(key: string): string {
  if (PARTS.test(key) && !CLIMBS.test(key) && key.length <= LONGEST) return key;
  throw new BucketError('refused', `not a key: ${JSON.stringify(key.slice(0, 200))}`);
}

/** The beginning of keys: may be empty, may end anywhere. */
export function checkedPrefix(prefix: string): string {
  if (PREFIX.test(prefix) && !CLIMBS.test(prefix) && !prefix.includes('//') && !prefix.startsWith('/'))
    return prefix;
  throw new BucketError('refused', `not the beginning of a key: ${JSON.stringify(prefix.slice(0, 200))}`);
}
