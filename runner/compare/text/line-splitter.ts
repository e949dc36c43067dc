const NEWLINE = 0x0a;

/** Lines of bytes that come in pieces, in constant memory: what is longer than `longest` is nobody's line. */
export class LineSplitter {
  readonly #longest: number;
  #held: Buffer = Buffer.alloc(0);
  #tooLong = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The lines that this piece ends, without their ends. None any more after one that was too long. */
  *push(piece: Uint8Array): Generator<Buffer, void> {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && !this.#tooLong; end = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, end);
      const line = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
      this.#held = Buffer.alloc(0);
      from = end + 1;
      this.#tooLong = line.length > this.#longest;
      if (!this.#tooLong) yield line;
    }
    if (this.#tooLong) return;
    // A copy: whoever gave the piece may fill its memory again.
    this.#held = Buffer.concat([this.#held, chunk.subarray(from)]);
    this.#tooLong = this.#held.length > this.#longest;
  }

  /** What came after the last end of a line. */
  get unended(): Buffer {
    return this.#held;
  }

  /** How what was left over is wrong: a last line without an end, or one that never ends. */
  get rest(): 'nothing' | 'no end' | 'too long' {
    if (this.#tooLong) return 'too long';
    return this.#held.length > 0 ? 'no end' : 'nothing';
  }
}
