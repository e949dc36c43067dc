import type {Hunk, TextComparison} from '../../../schemas/comparison.ts';
import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {alignLines, type Edit} from './align-lines.ts';

const MOST_BYTES = 16 * 2 ** 20;
const MOST_EDITS = 1000;
const MOST_HUNKS = 20;
const MOST_LINES_OF_HUNK = 20;

/** Line by line. The end of a line belongs to it, so CRLF and a missing last line feed are differences. */
export function compareText(a: ByteFile, b: ByteFile): TextComparison {
  return compareTextLines(linesIn(a), linesIn(b));
}

export function compareTextLines(a: readonly string[], b: readonly string[]): TextComparison {
  const firstLine = a.findIndex((line, index) => line !== b[index]);
  const edits = alignLines(a, b, MOST_EDITS);
  return {
    kind: 'text',
    lines: [a.length, b.length],
    changes: edits && summarise(edits, a, b),
    firstLine: (firstLine < 0 ? a.length : firstLine) + 1,
  };
}

/** Exactly, with their ends. Throws where it is no text. */
function linesIn(file: ByteFile): readonly string[] {
  return decodeText(file)
    .split(/(?<=\n)/)
    .filter((line) => line !== '');
}

export function decodeText(file: ByteFile): string {
  if (file.size > MOST_BYTES)
    throw new NotReadableSo(`larger than the ${MOST_BYTES} bytes of text that are read`);
  try {
    const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(file.read(0, file.size));
    if (text.includes('\0')) throw new NotReadableSo('not text');
    return text;
  } catch (error) {
    throw error instanceof TypeError ? new NotReadableSo('not UTF-8') : error;
  }
}

function summarise(edits: readonly Edit[], a: readonly string[], b: readonly string[]) {
  const hunks = hunksOf(edits, a, b);
  return {
    removed: edits.filter(({what}) => what === 'remove').length,
    added: edits.filter(({what}) => what === 'add').length,
    hunks: hunks.slice(0, MOST_HUNKS),
  };
}

function hunksOf(edits: readonly Edit[], a: readonly string[], b: readonly string[]): readonly Hunk[] {
  const hunks: {at: [number, number]; removed: string[]; added: string[]}[] = [];
  const [first] = edits;
  // Lines that were trimmed as the common start are counted by the first edit's own number.
  let [x, y] = first === undefined ? [0, 0] : [first.index, first.index];
  let isOpen = false;
  for (const {what} of edits) {
    if (what !== 'keep' && !isOpen) hunks.push({at: [x + 1, y + 1], removed: [], added: []});
    isOpen = what !== 'keep';
    const hunk = hunks.at(-1);
    if (what === 'remove') keepFew(hunk?.removed, a[x]);
    if (what === 'add') keepFew(hunk?.added, b[y]);
    if (what !== 'add') x++;
    if (what !== 'remove') y++;
  }
  return hunks;
}

function keepFew(lines: string[] | undefined, line: string | undefined): void {
  if (line !== undefined && lines !== undefined && lines.length < MOST_LINES_OF_HUNK) lines.push(line);
}
