import {printable} from './printable.ts';
import {SEAL} from './seal.ts';

/**
 * What is one line of ours stays one, whatever a stranger's name, value or message in it holds: a new line is shown
 * as `\n`, so that nothing in it can begin a line that looks like ours. Our own sequences stay.
 */
export function oneLine(text: string): string {
  return text.split(SEAL).map(flat).join(SEAL);
}

function flat(text: string): string {
  return printable(text).replaceAll('\n', '\\n');
}

/** Each of them on one line. The only way here and in runner/commands to make several lines out of texts. */
export function joinLines(lines: readonly string[]): string {
  return lines.map(oneLine).join('\n');
}

/** One line, with its end. */
export function line(text: string): string {
  return `${oneLine(text)}\n`;
}
