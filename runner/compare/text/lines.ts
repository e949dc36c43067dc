import type {ByteFile} from '../byte-file.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {LineSplitter} from './line-splitter.ts';

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
  const splitter = new LineSplitter(longest);
  let number = 0;
  let offset = 0;
  for (let position = 0; position < file.size; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK, file.size - position));
    position += file.readInto(chunk, position);
    for (const bytes of splitter.push(chunk)) {
      yield {number: ++number, offset, bytes, isEnded: true};
      offset += bytes.length + 1;
    }
    if (splitter.rest === 'too long') throw tooLong(number + 1, longest);
  }
  if (splitter.rest === 'no end') yield {number: ++number, offset, bytes: splitter.unended, isEnded: false};
}

function tooLong(number: number, longest: number): NotReadableSo {
  return new NotReadableSo(`line ${number} is longer than ${longest} bytes`);
}
