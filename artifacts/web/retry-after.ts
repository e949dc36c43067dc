/** `Retry-After` in milliseconds, where it is a number of seconds; a date is as good as none, since clocks differ. */
export function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : undefined;
}
