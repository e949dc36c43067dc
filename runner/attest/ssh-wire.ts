/** Numbers and strings as SSH writes them (RFC 4251, section 5): lengths first, big-endian. */
export function sshString(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Reads from the front. What is not there is undefined, and so is everything after it. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  number(): number | undefined {
    const bytes = this.take(4);
    return bytes?.readUInt32BE();
  }

  string(): Buffer | undefined {
    const length = this.number();
    return length === undefined ? undefined : this.take(length);
  }

  text(): string | undefined {
    return this.string()?.toString('latin1');
  }

  take(length: number): Buffer | undefined {
    if (this.#at + length > this.#bytes.length) {
      this.#at = Number.POSITIVE_INFINITY;
      return undefined;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Whether exactly everything was read. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}
