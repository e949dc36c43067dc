/**
 * A SHA-256 digest with its algorithm in the text, as in-toto and OCI write it.
 * `parseDigest` and `digestFromHex` are the only doors.
 */
declare const brand: unique symbol;
export type Digest = `sha256:${string}` & {readonly [brand]: 'Digest'};

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && PATTERN.test(text);
}

export function parseDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

/** @throws RangeError when `hex` is not 64 lower-case hexadecimal digits: a bug in the caller. */
export function digestFromHex(hex: string): Digest {
  const text = `sha256:${hex}`;
  if (!isDigest(text)) throw new RangeError(`not a SHA-256 in hexadecimal: ${JSON.stringify(hex)}`);
  return text;
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Eight digits, for people. Never for identity. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 8);
}
