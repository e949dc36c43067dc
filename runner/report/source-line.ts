import {strangerText} from './stranger-text.ts';

/** A source line as a terminal will show it, so that carets stand under what they mean. */
export interface LineWindow {
  readonly text: string;
  /** Of the marked part, in `text`. */
  readonly from: number;
  readonly to: number;
}

const MOST_COLUMNS = 160;
const CONTEXT = 60;

/** Tabs become spaces, what a terminal would obey becomes `·`, and a very long line is cut around the mark. */
export function windowAround(line: string, from: number, to: number): LineWindow {
  const start = line.length > MOST_COLUMNS && from > CONTEXT ? boundary(line, from - CONTEXT) : 0;
  const end = line.length > start + MOST_COLUMNS ? boundary(line, start + MOST_COLUMNS) : line.length;
  const before = (start > 0 ? '…' : '') + visible(line.slice(start, from));
  const marked = visible(line.slice(from, Math.min(to, end)));
  const after = visible(line.slice(Math.min(to, end), end)) + (end < line.length ? '…' : '');
  return {text: before + marked + after, from: before.length, to: before.length + marked.length};
}

function visible(text: string): string {
  return strangerText(text.replaceAll('\t', '  '));
}

/** Not between the two halves of a surrogate pair. */
function boundary(line: string, at: number): number {
  const code = line.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

const segmenter = new Intl.Segmenter('en', {granularity: 'grapheme'});

/** How many columns of a terminal: a grapheme takes one, a wide one two. */
export function columnsOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII takes one column each.
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let columns = 0;
  for (const {segment} of segmenter.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** As much of it as has room in so many columns. */
export function beginningOf(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let out = '';
  let width = 0;
  for (const {segment} of segmenter.segment(text)) {
    width += WIDE.test(segment) ? 2 : 1;
    if (width > columns) break;
    out += segment;
  }
  return out;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
