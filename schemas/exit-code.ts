/** What the process ends with. Documented in README.md; anything else is not ours. */
export const ExitCode = {
  ok: 0,
  stageFailed: 1,
  usage: 2,
  differentBits: 3,
  store: 4,
  /** An audit found nothing wrong, and could not check all that it must (a signer nobody chose). */
  incomplete: 5,
  /** Caught at the outermost seam, with words: a bug in repro. */
  bug: 70,
  /** All went well, and what was to be printed could not be written: a full disk under standard output. */
  outputLost: 74,
  tryAgain: 75,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
