/** What nobody expected: its stack, for who has to mend it. */
export function bugText(error: unknown): string {
  const [message, stack] =
    error instanceof Error ? [error.message, error.stack ?? error.message] : [String(error), String(error)];
  return `error[unexpected]: ${message}\n\n${stack}\n\nthis is a bug in repro: please report it with these lines\n`;
}
