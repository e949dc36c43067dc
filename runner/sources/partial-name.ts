import {createHash} from 'node:crypto';

/**
 * Names of downloads on their way: `<key>.<hint>` at rest, `<owner>~<key>.<hint>.<random>` in a writer's hands. The
 * hint is the validator (an ETag) that the bytes came with. It is in the name so that it can't be lost or
 * mistaken for another file's; the SHA-256 decides in the end.
 */
const NAME = /^(?:[A-Za-z0-9.-]+~)?([0-9a-f]{32})\.([A-Za-z0-9_-]*)(?:\.[0-9a-f]{8})?$/;

/** Whatever the key is, short, since the name carries the hint too; if two met, the SHA-256 would find out. */
export function shortKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

export interface PartialName {
  readonly short: string;
  readonly hint: string;
}

/** Undefined for a name that is not ours: such a file is left alone. */
export function parsePartialName(name: string): PartialName | undefined {
  const [, short, hint] = NAME.exec(name) ?? [];
  if (short === undefined || hint === undefined) return undefined;
  return {short, hint: Buffer.from(hint, 'base64url').toString()};
}

/** One that is too long for a name is no loss: the download goes on without it. */
const LONGEST_HINT = 72;

export function partialName({short, hint}: PartialName): string {
  const bytes = Buffer.from(hint);
  return `${short}.${bytes.length <= LONGEST_HINT ? bytes.toString('base64url') : ''}`;
}
