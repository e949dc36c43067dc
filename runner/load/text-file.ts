import type {TextPosition} from '../../schemas/diagnostic.ts';

/** A text that a person wrote, and ranges of it. Offsets are UTF-16 units. */
export interface TextFile {
  /** Absolute; or words such as `command line` for text that is in no file. */
  readonly path: string;
  readonly text: string;
}

export interface TextSpan {
  readonly file: TextFile;
  readonly start: number;
  readonly end: number;
}

/** The span's first line: a caret can't span more. */
export function positionOf(span: TextSpan): TextPosition {
  const starts = lineStartsOf(span.file);
  const line = lineIndexAt(starts, span.start);
  const from = starts[line] ?? 0;
  const text = span.file.text
    .slice(from, (starts[line + 1] ?? span.file.text.length + 1) - 1)
    .replace(/\r$/, '');
  const column = Math.min(span.start - from, text.length);
  const length = Math.max(1, Math.min(span.end - from, text.length) - column);
  return {file: span.file.path, line: line + 1, column: column + 1, length, text};
}

const lineStarts = new WeakMap<TextFile, readonly number[]>();

function lineStartsOf(file: TextFile): readonly number[] {
  const known = lineStarts.get(file);
  if (known) return known;
  const starts = [0];
  for (let at = file.text.indexOf('\n'); at !== -1; at = file.text.indexOf('\n', at + 1)) starts.push(at + 1);
  lineStarts.set(file, starts);
  return starts;
}

function lineIndexAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
