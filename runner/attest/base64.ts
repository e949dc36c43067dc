/**
 * Bytes written in base64, in its usual alphabet or the one for URLs, with or without padding; undefined for anything
 * else. There is one spelling in each alphabet: `Buffer.from` alone would also read text with rubbish in it.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const bare = text.replace(/={1,2}$/, '');
  if (text.length !== bare.length && text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(bare, 'base64');
  const same = bare === unpadded(bytes, 'base64') || bare === unpadded(bytes, 'base64url');
  return same ? bytes : undefined;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function unpadded(bytes: Buffer, alphabet: 'base64' | 'base64url'): string {
  return bytes.toString(alphabet).replace(/=+$/, '');
}
