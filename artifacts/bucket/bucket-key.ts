import {BucketError} from './bucket-error.ts';

/** Of its UTF-8, what S3 takes. */
const LONGEST = 1024;
/** What no name may have in it: controls, halves of characters, and what some system takes for a separator. */
const UNNAMEABLE = /[\p{Cc}\p{Cs}\u2028\u2029\\]/u;

/**
 * A key as it is, or an error: what a bucket is asked for may come out of a stranger's document, and is about to become
 * a path in a folder, a part of a URL, and of what is signed. A URL says `a//b`, `a/./b` and `a/../b` otherwise
 * than S3 does, and a folder has no room for them: no key of ours is so.
 */
export function checkedKey(key: string): string {
  const why = whyNoKey(key);
  if (why === undefined) return key;
  throw new BucketError('refused', `not a key: ${JSON.stringify(key.slice(0, 200))}: ${why}`);
}

/** The beginning of keys: may be empty, may end anywhere. */
export function checkedPrefix(prefix: string): string {
  const why = CLIMBING_END.test(prefix) ? CLIMBS : whyNoKey(`${prefix}x`);
  if (why === undefined) return prefix;
  throw new BucketError(
    'refused',
    `not the beginning of a key: ${JSON.stringify(prefix.slice(0, 200))}: ${why}`,
  );
}

/** Why there is no key of this name; undefined when there may be one. */
export function whyNoKey(key: string): string | undefined {
  if (UNNAMEABLE.test(key)) return 'it has a control character, a backslash or half a character in it';
  if (Buffer.byteLength(key) > LONGEST) return `it is longer than ${LONGEST} bytes`;
  const parts = key.split('/');
  if (parts.includes('')) return 'single slashes stand between its parts, and none before or after';
  return parts.some((part) => part === '.' || part === '..') ? CLIMBS : undefined;
}

const CLIMBS = 'no part of it is . or ..';
const CLIMBING_END = /(^|\/)\.{1,2}$/;

/**
 * As it stands in a URL and under a signature (RFC 3986, as AWS wants it): everything but letters, digits and -._~ is
 * %-escaped, part by part.
 */
export function urlPathOf(key: string): string {
  return key.split('/').map(urlPartOf).join('/');
}

export function urlPartOf(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
