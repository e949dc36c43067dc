import type {Json} from './canonical-json.ts';
import {err, ok, type Result} from './result.ts';
import {utf8Text} from './utf8.ts';

/**
 * JSON as a signature and a key need it: one text, one meaning. `JSON.parse` keeps the last of two equal keys, other
 * parsers the first; it takes 12345678901234567890 for another number, and bytes that are no text for other letters; and
 * then what was written and what is used are two things. Refused are duplicate keys, `__proto__`, numbers that a double
 * can't hold, lone surrogates, bytes that aren't UTF-8, a byte order mark, and nesting deeper than 64. The error says
 * where.
 */
export function strictJson(bytes: Uint8Array): Result<Json, string> {
  const text = utf8Text(bytes);
  if (text === undefined) return err(`not UTF-8, ${placeOf(bytes, firstOther(bytes))}`);
  const reader: Reader = {text, at: 0};
  try {
    if (text.startsWith('\ufeff')) throw new NotStrict('a byte order mark: save it without one');
    const value = readValue(reader, 0);
    skipBlanks(reader);
    if (reader.at < text.length) throw new NotStrict('something follows the document');
    return ok(value);
  } catch (error) {
    if (!(error instanceof NotStrict)) throw error;
    const before = Buffer.from(text.slice(0, error.at ?? reader.at));
    return err(`${error.message}, ${placeOf(before, before.length)}`);
  }
}

/** Of the first byte that is no part of a text. */
function firstOther(bytes: Uint8Array): number {
  const lossy = Buffer.from(new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes));
  let at = 0;
  while (at < bytes.length && lossy[at] === bytes[at]) at++;
  return at;
}

/** As an editor counts: lines and columns from 1. */
function placeOf(bytes: Uint8Array, at: number): string {
  const lines = Buffer.from(bytes.subarray(0, at)).toString('utf8').split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

interface Reader {
  readonly text: string;
  at: number;
}

class NotStrict extends Error {
  constructor(
    message: string,
    /** Where it begins, if not where the reader is. */
    readonly at?: number,
  ) {
    super(message);
  }
}

const MOST_NESTED = 64;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** As JSON has them: no control characters, and only its own escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a string must not hold.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: Readonly<Record<string, Json>> = {t: true, f: false, n: null};

function readValue(reader: Reader, depth: number): Json {
  if (depth > MOST_NESTED) throw new NotStrict(`nested deeper than ${MOST_NESTED}`);
  skipBlanks(reader);
  const first = reader.text[reader.at] ?? '';
  if (first === '{') return readObject(reader, depth);
  if (first === '[') return readArray(reader, depth);
  if (first === '"') return readString(reader);
  return first in WORDS ? readWord(reader, first) : readNumber(reader);
}

function readObject(reader: Reader, depth: number): Json {
  const object: Record<string, Json> = {};
  reader.at++;
  if (takes(reader, '}')) return object;
  for (;;) {
    skipBlanks(reader);
    const start = reader.at;
    const key = readString(reader);
    if (key === '__proto__') throw new NotStrict('a key is __proto__', start);
    if (Object.hasOwn(object, key))
      throw new NotStrict(`the key ${JSON.stringify(key)} is there twice`, start);
    expect(reader, ':');
    object[key] = readValue(reader, depth + 1);
    if (takes(reader, '}')) return object;
    expect(reader, ',');
  }
}

function readArray(reader: Reader, depth: number): Json {
  const items: Json[] = [];
  reader.at++;
  if (takes(reader, ']')) return items;
  for (;;) {
    items.push(readValue(reader, depth + 1));
    if (takes(reader, ']')) return items;
    expect(reader, ',');
  }
}

function readString(reader: Reader): string {
  const start = reader.at;
  const text = JSON.parse(match(reader, STRING)) as string;
  if (!text.isWellFormed()) throw new NotStrict('a string holds a lone surrogate', start);
  return text;
}

function readNumber(reader: Reader): number {
  const start = reader.at;
  const written = match(reader, NUMBER);
  const number = Number(written);
  if (!isHeld(written, number)) {
    const shown = written.length > MOST_SHOWN ? `${written.slice(0, MOST_SHOWN)}…` : written;
    throw new NotStrict(`the number ${shown} can't be held exactly`, start);
  }
  return number;
}

/**
 * A program writes the shortest text that stands for its double, or a double to so many digits. Any other text means
 * another number than the one that is read: 9007199254740993.0 would become …992.
 */
function isHeld(written: string, number: number): boolean {
  if (!Number.isFinite(number)) return false;
  if (/^-?[0-9]+$/.test(written)) return Number.isSafeInteger(number);
  const digits = digitsOf(written);
  if (number === 0) return digits === '';
  return (
    digits === digitsOf(String(number)) ||
    (digits.length <= MOST_DIGITS && digits === digitsOf(number.toPrecision(digits.length)))
  );
}

/** The significant ones: `0.0120e5` has 12. */
function digitsOf(written: string): string {
  return (written.split(/[eE]/)[0] ?? '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
}

/** More can't be asked of a number. */
const MOST_DIGITS = 100;
const MOST_SHOWN = 40;

function readWord(reader: Reader, first: string): Json {
  const value = WORDS[first] ?? null;
  for (const letter of String(value)) if (reader.text[reader.at++] !== letter) throw unexpected();
  return value;
}

function match(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found === undefined) throw unexpected();
  reader.at += found.length;
  return found;
}

function takes(reader: Reader, mark: string): boolean {
  skipBlanks(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at++;
  return true;
}

function expect(reader: Reader, mark: string): void {
  if (!takes(reader, mark)) throw unexpected();
}

function unexpected(): NotStrict {
  return new NotStrict('not JSON');
}

function skipBlanks(reader: Reader): void {
  while (BLANKS.has(reader.text[reader.at] ?? '')) reader.at++;
}

const BLANKS: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);
