import type {Json} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

/**
 * JSON as a signature needs it: one text, one meaning. `JSON.parse` keeps the last of two equal keys, other parsers the
 * first, and then what was signed and what is used are two things. Refused are duplicate keys, `__proto__`, numbers
 * that a double can't hold, lone surrogates, bytes that aren't UTF-8, and nesting deeper than 64.
 */
export function strictJson(bytes: Uint8Array): Result<Json, string> {
  try {
    const text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
    const reader: Reader = {text, at: 0};
    const value = readValue(reader, 0);
    skipBlanks(reader);
    if (reader.at < text.length) throw new NotStrict(`something follows the document, at ${reader.at}`);
    return ok(value);
  } catch (error) {
    if (error instanceof NotStrict) return err(error.message);
    if (error instanceof TypeError) return err('not UTF-8');
    throw error;
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

class NotStrict extends Error {}

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
    const key = readString(reader);
    if (key === '__proto__') throw new NotStrict('a key is __proto__');
    if (Object.hasOwn(object, key)) throw new NotStrict(`the key ${JSON.stringify(key)} is there twice`);
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
  const text = JSON.parse(match(reader, STRING)) as string;
  if (!text.isWellFormed()) throw new NotStrict('a string holds a lone surrogate');
  return text;
}

function readNumber(reader: Reader): number {
  const written = match(reader, NUMBER);
  const number = Number(written);
  const isWhole = /^-?[0-9]+$/.test(written);
  if (!Number.isFinite(number) || (isWhole && !Number.isSafeInteger(number)))
    throw new NotStrict(`the number ${written} can't be held exactly`);
  return number;
}

function readWord(reader: Reader, first: string): Json {
  const value = WORDS[first] ?? null;
  for (const letter of String(value)) if (reader.text[reader.at++] !== letter) throw unexpected(reader);
  return value;
}

function match(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found === undefined) throw unexpected(reader);
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
  if (!takes(reader, mark)) throw unexpected(reader);
}

function unexpected({at}: Reader): NotStrict {
  return new NotStrict(`not JSON, at ${at}`);
}

function skipBlanks(reader: Reader): void {
  while (BLANKS.has(reader.text[reader.at] ?? '')) reader.at++;
}

const BLANKS: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);
