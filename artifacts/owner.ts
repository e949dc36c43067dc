/**
 * Who is responsible for a temporary file or a scratch folder: the name of one process, which no other has or will have.
 * The file says it by its own name, so recovery needs no other file, and what a dead owner left needs no unlock.
 */
const OWNER = /^[A-Za-z0-9.-]{1,100}$/;

export function ownedName(owner: string, rest: string): string {
  if (!OWNER.test(owner)) throw new RangeError(`not an owner: ${JSON.stringify(owner)}`);
  return `${owner}~${rest}`;
}

/** Undefined for a name that `ownedName` did not make: leave such a file alone. */
export function ownerOf(name: string): string | undefined {
  const end = name.indexOf('~');
  if (end < 0) return undefined;
  const owner = name.slice(0, end);
  return OWNER.test(owner) ? owner : undefined;
}
