import {SEAL} from './seal.ts';

/** Marks parts of a text for a terminal, or leaves it as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const identity = (text: string) => text;

export const plainStyle: Style = {
  bold: identity,
  dim: identity,
  red: identity,
  green: identity,
  yellow: identity,
  cyan: identity,
};

const ansi = (open: number, close: number) => (text: string) => `${SEAL}[${open}m${text}${SEAL}[${close}m`;

export const ansiStyle: Style = {
  bold: ansi(1, 22),
  dim: ansi(2, 22),
  red: ansi(31, 39),
  green: ansi(32, 39),
  yellow: ansi(33, 39),
  cyan: ansi(36, 39),
};

/** The usual order: NO_COLOR, FORCE_COLOR, TERM=dumb, and only then whether it is a terminal. */
export function chooseStyle(
  variables: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Style {
  if ((variables.NO_COLOR ?? '') !== '') return plainStyle;
  if ((variables.FORCE_COLOR ?? '') !== '') return ansiStyle;
  return isTerminal && variables.TERM !== 'dumb' ? ansiStyle : plainStyle;
}
