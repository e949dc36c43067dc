import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

/**
 * A run that had nothing left to do, remembered so that asking again costs little more than looking at
 * every file once: what `ninja` does, and what makes ten thousand cached stages a fraction of a second.
 *
 * It holds the stat of every file that the answer depends on. Same stats, same answer; anything else and
 * the run is looked at properly. It never stands for a digest, and deleting it costs only time.
 *
 * This file is on the path of every start: it imports nothing but Node's own.
 */
export interface SettledRun {
  /** What to print. */
  readonly text: string;
  readonly files: readonly string[];
}

/** size, mtime, ctime, inode */
const NUMBERS = 4;
const MAGIC = 'repro-settled-1\n';

/** Everything outside the files that the answer depends on. */
export interface Question {
  readonly arguments: readonly string[];
  readonly directory: string;
  /** Of the running kernel: the hardware can't change under it. */
  readonly boot: string;
  readonly version: string;
  readonly cache: string;
}

export function settledFile(question: Question): string {
  const name = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32);
  return join(question.cache, 'settled', name);
}

/** The text to print if nothing has changed since; undefined otherwise, for whatever reason. */
export function stillSettled(question: Question): string | undefined {
  try {
    const bytes = readFileSync(settledFile(question));
    const run = decode(bytes);
    return run?.files.every((file, i) => sameStat(file, run.stats, i)) === true ? run.text : undefined;
  } catch {
    return undefined; // Never written, or damaged.
  }
}

function sameStat(file: string, stats: Float64Array, i: number): boolean {
  const stat = statSync(file, {throwIfNoEntry: false});
  if (stat === undefined) return false;
  const at = i * NUMBERS;
  return (
    stat.size === stats[at] &&
    stat.mtimeMs === stats[at + 1] &&
    stat.ctimeMs === stats[at + 2] &&
    stat.ino === stats[at + 3]
  );
}

/**
 * Remembers a run. Refuses when one of `sources` was touched at or after `since`, when the run began to
 * read: then nobody knows whether it read the old bytes or the new.
 */
export function settle(
  question: Question,
  text: string,
  {sources, made}: {readonly sources: readonly string[]; readonly made: readonly string[]},
  since: number,
): boolean {
  const files = [...sources, ...made];
  const stats = new Float64Array(files.length * NUMBERS);
  for (const [i, file] of files.entries()) {
    const stat = statSync(file, {throwIfNoEntry: false});
    if (stat === undefined || (i < sources.length && Math.max(stat.mtimeMs, stat.ctimeMs) >= since))
      return false;
    stats.set([stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino], i * NUMBERS);
  }
  save(settledFile(question), encode({text, files}, stats));
  return true;
}

function save(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), {recursive: true});
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, file);
}

/** Magic, the length of the text that follows, the text (answer and paths), zero bytes to a multiple of 8, stats. */
function encode({text, files}: SettledRun, stats: Float64Array): Uint8Array {
  const words = Buffer.from([text, ...files].join('\0'));
  const head = Buffer.from(`${MAGIC}${String(words.length).padStart(15)}\n`);
  const padding = Buffer.alloc((8 - ((head.length + words.length) % 8)) % 8);
  return Buffer.concat([head, words, padding, new Uint8Array(stats.buffer)]);
}

function decode(bytes: Buffer): (SettledRun & {readonly stats: Float64Array}) | undefined {
  const head = MAGIC.length + 16;
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const length = Number(bytes.toString('latin1', MAGIC.length, head));
  const [text, ...files] = bytes.toString('utf8', head, head + length).split('\0');
  const start = Math.ceil((head + length) / 8) * 8;
  // A copy, since a Float64Array must begin at a multiple of 8 in its buffer and a Buffer need not.
  const stats = new Float64Array(Uint8Array.prototype.slice.call(bytes, start).buffer);
  if (text === undefined || stats.length !== files.length * NUMBERS) return undefined;
  return {text, files, stats};
}
