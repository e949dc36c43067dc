import {createHash} from 'node:crypto';
import {type Digest, isDigest} from '../../schemas/digest.ts';
import {readSmallFile} from './small-file.ts';

/**
 * What a file looked like from outside when its bytes were last hashed. Times are milliseconds as a
 * double, which tells apart moments a quarter of a microsecond from each other: less than any two writes.
 */
export interface StatFacts {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/**
 * Name → facts and digest, in a file that loads fast: a column of numbers, a column of digests and all
 * names in one string. A file that is absent, torn or of another format is an empty table: it is only a
 * cache, of this machine, so numbers are in its byte order.
 */
export class StatTable {
  readonly #stored: Stored;
  readonly #fresh = new Map<string, Row>();
  #dirty = false;

  private constructor(stored: Stored) {
    this.#stored = stored;
  }

  static load(file: string): StatTable {
    return new StatTable(decode(readQuietly(file)) ?? NOTHING);
  }

  get dirty(): boolean {
    return this.#dirty;
  }

  /** The digest recorded under this name, if the facts are still the same. */
  find(name: string, facts: StatFacts): Digest | undefined {
    const fresh = this.#fresh.get(name);
    if (fresh !== undefined) return same(fresh.facts, facts) ? fresh.digest : undefined;
    const at = this.#stored.rows.get(name);
    return at !== undefined && sameAt(this.#stored, at, facts) ? digestAt(this.#stored, at) : undefined;
  }

  set(name: string, facts: StatFacts, digest: Digest): void {
    this.#fresh.set(name, {facts, digest});
    this.#dirty = true;
  }

  delete(name: string): void {
    const stored = this.#stored.rows.delete(name);
    if (this.#fresh.delete(name) || stored) this.#dirty = true;
  }

  encode(): Buffer {
    this.#dirty = false;
    const {rows, numbers} = this.#stored;
    const all = new Map<string, Row>();
    for (const [name, at] of rows) {
      const digest = digestAt(this.#stored, at);
      if (digest !== undefined) all.set(name, {facts: factsAt(numbers, at), digest});
    }
    for (const [name, row] of this.#fresh) all.set(name, row);
    return encode(all);
  }
}

interface Row {
  readonly facts: StatFacts;
  readonly digest: Digest;
}

interface Stored {
  /** Name → place in the columns. */
  readonly rows: Map<string, number>;
  readonly numbers: Float64Array;
  readonly digests: string;
}

const NOTHING: Stored = {rows: new Map(), numbers: new Float64Array(), digests: ''};
const MAGIC = 'repro stat table 1\n'.padEnd(32, '-');
/** Of all that follows it: a file that was torn by a power cut must not answer wrongly. */
const CHECKSUM = 32;
const BODY = MAGIC.length + CHECKSUM;
const HEADER = BODY + 8;
const NUMBERS = 4;
const DIGEST = 'sha256:'.length + 64;

function same(a: StatFacts, b: StatFacts): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino;
}

function sameAt({numbers}: Stored, at: number, facts: StatFacts): boolean {
  const first = at * NUMBERS;
  return (
    numbers[first] === facts.size &&
    numbers[first + 1] === facts.mtimeMs &&
    numbers[first + 2] === facts.ctimeMs &&
    numbers[first + 3] === facts.ino
  );
}

function factsAt(numbers: Float64Array, at: number): StatFacts {
  const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0] = numbers.subarray(at * NUMBERS, (at + 1) * NUMBERS);
  return {size, mtimeMs, ctimeMs, ino};
}

function digestAt({digests}: Stored, at: number): Digest | undefined {
  const digest = digests.slice(at * DIGEST, (at + 1) * DIGEST);
  return isDigest(digest) ? digest : undefined;
}

/** Magic, checksum, number of rows, four numbers a row, digests, names between NULs. */
function encode(rows: ReadonlyMap<string, Row>): Buffer {
  const numbers = new Float64Array(1 + rows.size * NUMBERS);
  let at = 0;
  numbers[at++] = rows.size;
  for (const {facts} of rows.values()) {
    numbers[at++] = facts.size;
    numbers[at++] = facts.mtimeMs;
    numbers[at++] = facts.ctimeMs;
    numbers[at++] = facts.ino;
  }
  const digests = [...rows.values()].map((row) => row.digest).join('');
  const names = [...rows.keys()].join('\0');
  const body = Buffer.concat([new Uint8Array(numbers.buffer), Buffer.from(digests + names)]);
  return Buffer.concat([Buffer.from(MAGIC), checksum(body), body]);
}

function decode(bytes: Buffer): Stored | undefined {
  if (bytes.length < HEADER || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (!checksum(bytes.subarray(BODY)).equals(bytes.subarray(MAGIC.length, BODY))) return undefined;
  const [count = 0] = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + BODY, bytes.byteOffset + HEADER),
  );
  const numbersEnd = HEADER + count * NUMBERS * 8;
  const digestsEnd = numbersEnd + count * DIGEST;
  if (!Number.isSafeInteger(count) || count <= 0 || digestsEnd > bytes.length) return undefined;
  const names = bytes.toString('utf8', digestsEnd).split('\0');
  if (names.length !== count) return undefined;
  const rows = new Map<string, number>();
  for (let at = 0; at < names.length; at++) rows.set(names[at] ?? '', at);
  // A copy, since columns of numbers must begin at a multiple of eight.
  const column = bytes.buffer.slice(bytes.byteOffset + HEADER, bytes.byteOffset + numbersEnd);
  return {rows, numbers: new Float64Array(column), digests: bytes.toString('latin1', numbersEnd, digestsEnd)};
}

function checksum(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Ten million names. */
const MOST_BYTES = 2 ** 31 - 1;

function readQuietly(file: string): Buffer {
  const read = readSmallFile(file, {limit: MOST_BYTES});
  return read.ok ? read.value : Buffer.alloc(0);
}
