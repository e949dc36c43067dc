/** What the process ends with; anything else is not ours. */
export const ExitCode = {
  ok: 0,
  stageFailed: 1,
  usage: 2,
  differentBits: 3,
  store: 4,
  incomplete: 5,
  bug: 70,
  outputLost: 74,
  tryAgain: 75,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export const EXIT_CODE_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done: what was asked is so',
  1: 'a stage failed, or what stages need (an environment, a source) could not be had',
  2: 'usage, or an invalid pipeline: nothing was done',
  3: 'not the same bits, or not by whom it says: the verdict is no',
  4: 'a store, or the network before it, fails or lacks what was asked',
  5: 'nothing was found wrong, and not all that must be could be checked',
  70: 'a bug in repro: please report it',
  74: 'done, and what was to be printed could not be written: a full disk under standard output',
  75: 'try again: the machine was taken away, or others are at work',
  130: 'interrupted',
};
