import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Of its first byte. */
  readonly offset: number;
  /** Without its end. */
  readonly bytes: Buffer;
  /** Whether a line feed follows: the last line of a torn file has none. */
  readonly isEnded: boolean;
}

const CHUNK = 2 ** 18;

/** A file's lines in constant memory: none may be longer than `longest` bytes. */
export function* linesOf(file: ByteFile, longest: number): Generator<Line, void> {
  let number = 0;
  let held: Buffer = Buffer.alloc(0);
  let offset = 0;
  for (let position = 0; position < file.size; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK, file.size - position));
    position += file.readInto(chunk, position);
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const bytes =
        held.length === 0 ? chunk.subarray(from, end) : Buffer.concat([held, chunk.subarray(from, end)]);
      if (bytes.length > longest) throw tooLong(number + 1, longest);
      yield {number: ++number, offset, bytes, isEnded: true};
      offset += bytes.length + 1;
      held = Buffer.alloc(0);
      from = end + 1;
    }
    held = Buffer.concat([held, chunk.subarray(from)]);
    if (held.length > longest) throw tooLong(number + 1, longest);
  }
  if (held.length > 0) yield {number: ++number, offset, bytes: held, isEnded: false};
}

const NEWLINE = 0x0a;

function tooLong(number: number, longest: number): NotReadableSo {
  return new NotReadableSo(`line ${number} is longer than ${longest} bytes`);
}
