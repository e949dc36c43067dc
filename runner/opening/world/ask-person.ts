import {openSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {ReadStream} from 'node:tty';
import {oneLine} from '../../report/lines.ts';
import type {World} from './world.ts';

/** Asks whoever sits at the terminal; undefined where nobody does. */
export type AskPerson = (question: string) => Promise<boolean | undefined>;

/** The terminal itself, as ssh and git ask: standard input may be a script. Anything but yes is no. */
export function askAtTerminal({err}: Pick<World, 'err'>): AskPerson {
  return async (question) => {
    const terminal = err.isTerminal ? openTerminal() : undefined;
    if (terminal === undefined) return undefined;
    err.write(`${oneLine(question)} [y/N] `);
    try {
      // Nobody can have read it: the terminal has gone.
      if (!err.isTerminal) return undefined;
      return /^y(es)?$/i.test((await firstLine(terminal)).trim());
    } finally {
      terminal.destroy();
    }
  };
}

/** A terminal's own stream: one of a plain file would go on reading after its end, and keep the process. */
function openTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined; // No terminal belongs to this process.
  }
}

/** '' when there comes none: the terminal is gone, or Ctrl-D. */
function firstLine(input: ReadStream): Promise<string> {
  return new Promise((resolve) => {
    const lines = createInterface({input});
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => resolve(''));
    input.once('error', () => resolve(''));
  });
}
