import {type Digest, hexOf} from '../../schemas/digest.ts';

/**
 * Which of millions of objects to keep, by 52 bits of each digest. Two that share them are both kept: of a million
 * objects one in four billion is, for no other reason.
 */
export class DigestSet {
  readonly #numbers = new Set<number>();

  get size(): number {
    return this.#numbers.size;
  }

  /** Whether it was new. */
  add(digest: Digest): boolean {
    const before = this.#numbers.size;
    this.#numbers.add(numberOf(digest));
    return this.#numbers.size > before;
  }

  has(digest: Digest): boolean {
    return this.#numbers.has(numberOf(digest));
  }
}

function numberOf(digest: Digest): number {
  return Number.parseInt(hexOf(digest).slice(0, 13), 16);
}
