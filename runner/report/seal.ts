import {randomUUID} from 'node:crypto';

/**
 * Stands for ESC in every sequence of ours until the door (door.ts). It is drawn anew by each process, so that no
 * text of a stranger can hold it: an escape without it is a stranger's, and is shown, not obeyed.
 */
export const SEAL = `\u001b<${randomUUID()}>`;

/** What moves the cursor of a terminal. */
export const cursor = {
  hide: `${SEAL}[?25l`,
  show: `${SEAL}[?25h`,
  /** To the first column, some lines further up. */
  up: (lines: number) => `${SEAL}[${lines}A${SEAL}\r`,
  toLineStart: `${SEAL}\r`,
  clearLine: `${SEAL}[K`,
  clearBelow: `${SEAL}[0J`,
} as const;
