/** What this repro reads of each sort of document; the number stands in the field of its name. */
const NEWEST = {publication: 2, run: 2} as const;

/**
 * Of a document that can't be read: the number of its format, where that is one that later releases write. Its author
 * did nothing wrong, so far as anybody can tell here.
 */
export function laterFormat(bytes: Uint8Array, field: keyof typeof NEWEST): number | undefined {
  const number = numberIn(bytes, field);
  return Number.isSafeInteger(number) && Number(number) > NEWEST[field] ? Number(number) : undefined;
}

export function unreadable(format: number, field: keyof typeof NEWEST): string {
  return `it is of format ${format}, which later releases of repro write; this one reads formats up to ${NEWEST[field]}`;
}

export const NEWER_REPRO = 'audit it with a repro that is as new as its author’s';

function numberIn(bytes: Uint8Array, field: string): unknown {
  try {
    const read: unknown = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
    return typeof read === 'object' && read !== null ? new Map(Object.entries(read)).get(field) : undefined;
  } catch {
    return undefined;
  }
}
