/** Why loading a file runs what its author wrote. Told by its first bytes and its name; nothing is opened. */
export type Loading = 'pickle' | 'zip with a pickle';

/** How much of a file is looked at. */
export const HEAD = 1024;

const ZIP = 'PK\u0003\u0004';

/** A zip made by torch has its pickle first. Pickles of protocols 0 and 1 have no beginning of their own. */
export function loadsCode(head: Uint8Array): Loading | undefined {
  const [proto, version = 0, next = 0] = head;
  if (proto === 0x80 && version >= 2 && version <= 5 && FIRST_OPCODES.has(next)) return 'pickle';
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return text.startsWith(ZIP) && text.includes('data.pkl') ? 'zip with a pickle' : undefined;
}

/** What a pickle may begin with after its protocol: a frame, a container, a constant, a global. */
const FIRST_OPCODES = new Set(
  Buffer.from('\u0095\u008a\u008b\u008c\u008d\u008e\u0088\u0089\u008f(])}cNIJKMLFGSTUVXBC', 'latin1'),
);

const PICKLED = /\.(?:pkl|pickle|pt|pth|joblib|dill)$/i;

/** By its name alone: for what was not read, and for pickles that nothing else gives away. */
export function isNamedLikePickle(path: string): boolean {
  return PICKLED.test(path);
}
