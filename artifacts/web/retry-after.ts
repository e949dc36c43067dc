/**
 * `Retry-After` in milliseconds, in both its forms: a number of seconds, or a date. A date is read on the clock that
 * wrote it, the server's own, which is in the same answer as `Date`: ours may be hours away from it. Without that it
 * says nothing, as does whatever is neither.
 */
export function retryAfterMs(headers: {
  readonly 'retry-after'?: string | undefined;
  readonly date?: string | undefined;
}): number | undefined {
  const asked = headers['retry-after']?.trim();
  if (asked === undefined) return undefined;
  if (/^\d{1,6}$/.test(asked)) return Number(asked) * 1000;
  const wait = dateMs(asked) - dateMs(headers.date?.trim() ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/** As HTTP writes it; JavaScript would take much else for a date. */
function dateMs(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
