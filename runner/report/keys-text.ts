import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

export interface KeyLine {
  readonly name: string;
  /** The key, or why there is none. */
  readonly text: string;
}

export function newKeyText(
  key: {readonly name: string; readonly text: string; readonly path: string},
  style: Style,
): string {
  return joinLines([
    `made the key ${style.bold(key.name)}`,
    '',
    `  ${key.text}`,
    '',
    `Its private half is in ${key.path}, for you alone: whoever has it can sign as you.`,
    'Give the line above to those who check your runs, by a way they trust: they add it with `repro keys trust`.',
    '',
  ]);
}

export function keyListText(
  {own, trusted}: {readonly own: readonly KeyLine[]; readonly trusted: readonly KeyLine[]},
  style: Style,
): string {
  return joinLines([
    style.bold('your keys'),
    ...(own.length === 0 ? ['  none; make one: repro keys new'] : table(own)),
    '',
    style.bold('keys that you trust'),
    ...(trusted.length === 0 ? ['  none; add one: repro keys trust KEY --name WHOSE'] : table(trusted)),
    '',
  ]);
}

function table(lines: readonly KeyLine[]): readonly string[] {
  const width = Math.max(...lines.map(({name}) => name.length));
  return lines.map(({name, text}) => `  ${name.padEnd(width)}  ${text}`);
}
