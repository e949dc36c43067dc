import type {Json} from '../../schemas/canonical-json.ts';
import {OBEYED, printable} from './printable.ts';

/** What a stranger wrote, on one line and as it looks: nothing in it moves a cursor, colours, or turns text around. */
export function strangerText(text: string): string {
  return text.replace(OBEYED, '·').replace(/[\n\t]/g, '·');
}

/** JSON for a terminal: what JSON leaves unescaped and a terminal would obey is written as `\\u…`. */
export function strangerJson(value: unknown): string {
  return printable(JSON.stringify(value, null, 2));
}

/** A value on one line; of a long one its beginning, and how long it is. */
export function shortJson(value: Json, most: number): string {
  return shortened(printable(JSON.stringify(value)), most);
}

/** Words in which a stranger has a say may be as long as the stranger likes. */
const MOST_OF_A_MESSAGE = 1000;

export function shortened(text: string, most = MOST_OF_A_MESSAGE): string {
  if (text.length <= most) return text;
  const end = text.charCodeAt(most - 1) >>> 10 === 0x36 ? most - 1 : most;
  return `${text.slice(0, end)}… (${text.length} characters)`;
}
