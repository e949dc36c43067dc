import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync, readdirSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {readSmallFile} from '../../artifacts/files/small-file.ts';

/**
 * A run that had nothing left to do, remembered so that asking again costs little more than looking at
 * every file once: what `ninja` does, and what makes ten thousand cached stages a fraction of a second.
 *
 * It holds the stat of every file that the answer depends on. Same stats, same answer; anything else and
 * the run is looked at properly. It never stands for a digest, and deleting it costs only time.
 *
 * This file is on the path of every start: it imports next to nothing.
 */
interface SettledRun {
  /** What to print. */
  readonly text: string;
  /** Each as it was: size, mtime, ctime, inode. */
  readonly files: readonly string[];
  /** Each there: a name in a folder, and one listing tells of many. */
  readonly names: readonly NamesIn[];
}

export interface NamesIn {
  readonly folder: string;
  readonly names: readonly string[];
}

/** What the answer depended on. */
export interface Depended {
  /** What people and editors touch. */
  readonly sources: readonly string[];
  /** What repro has made and never changes. */
  readonly made: readonly string[];
  /** Made as well, and so many that a look at each would cost more than all else. */
  readonly named: readonly NamesIn[];
}

const NUMBERS = 4;
const MAGIC = 'repro-settled-2\n';

/** Ten thousand stages and a hundred thousand files are some 20 MB. */
const MOST_BYTES = 2 ** 30;

/** Everything outside the files that the answer depends on. */
export interface Question {
  readonly arguments: readonly string[];
  readonly directory: string;
  /** Of the running kernel: the hardware can't change under it. */
  readonly boot: string;
  readonly version: string;
  readonly cache: string;
}

export function memoFile(question: Question): string {
  const name = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32);
  return join(question.cache, 'settled', name);
}

/** The text to print if nothing has changed since; undefined otherwise, for whatever reason. */
export function recallNoOp(question: Question): string | undefined {
  try {
    const read = readSmallFile(memoFile(question), {limit: MOST_BYTES});
    const run = read.ok ? decode(read.value) : undefined;
    if (run === undefined) return undefined;
    const same = run.files.every((file, i) => sameStat(file, run.stats, i)) && run.names.every(areThere);
    return same ? run.text : undefined;
  } catch {
    return undefined; // Never written, or damaged, or a folder is gone.
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

function areThere({folder, names}: NamesIn): boolean {
  const there = new Set(readdirSync(folder));
  return names.every((name) => there.has(name));
}

/**
 * Remembers a run. Refuses when one of its sources was touched at or after `since`, when the run began to
 * read: then nobody knows whether it read the old bytes or the new.
 */
export function writeMemo(question: Question, text: string, depended: Depended, since: number): boolean {
  const {sources, made, named} = depended;
  const files = [...sources, ...made];
  const stats = new Float64Array(files.length * NUMBERS);
  for (const [i, file] of files.entries()) {
    const stat = statSync(file, {throwIfNoEntry: false});
    if (stat === undefined) return false;
    if (i < sources.length && Math.max(stat.mtimeMs, stat.ctimeMs) >= since) return false;
    stats.set([stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino], i * NUMBERS);
  }
  save(memoFile(question), encode({text, files, names: named}, stats));
  return true;
}

function save(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), {recursive: true});
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, file);
}

/**
 * Magic, how many bytes of words follow, the words, zero bytes to a multiple of 8, the stats. Words are the
 * text, how many files, the files, and for each folder its name, how many names, the names.
 */
function encode({text, files, names}: SettledRun, stats: Float64Array): Uint8Array {
  const folders = names.flatMap((each) => [each.folder, String(each.names.length), ...each.names]);
  const words = Buffer.from([text, String(files.length), ...files, ...folders].join('\0'));
  const head = Buffer.from(`${MAGIC}${String(words.length).padStart(15)}\n`);
  const padding = Buffer.alloc((8 - ((head.length + words.length) % 8)) % 8);
  return Buffer.concat([head, words, padding, new Uint8Array(stats.buffer)]);
}

function decode(bytes: Buffer): (SettledRun & {readonly stats: Float64Array}) | undefined {
  const head = MAGIC.length + 16;
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const length = Number(bytes.toString('latin1', MAGIC.length, head));
  if (!(length > 0 && bytes.length >= head + length)) return undefined; // Cut short: half the words are no answer.
  const [text = '', count = '', ...words] = bytes.toString('utf8', head, head + length).split('\0');
  const files = words.slice(0, Number(count));
  // A copy, since a Float64Array must begin at a multiple of 8 in its buffer and a Buffer need not.
  const start = Math.ceil((head + length) / 8) * 8;
  const stats = new Float64Array(Uint8Array.prototype.slice.call(bytes, start).buffer);
  if (stats.length !== files.length * NUMBERS) return undefined;
  return {text, files, stats, names: foldersIn(words, files.length)};
}

function foldersIn(words: readonly string[], from: number): readonly NamesIn[] {
  const folders: NamesIn[] = [];
  for (let at = from; at < words.length; ) {
    const [folder = '', count = ''] = words.slice(at, at + 2);
    const end = at + 2 + Number(count);
    if (!(end > at)) throw new RangeError('not a settled run');
    folders.push({folder, names: words.slice(at + 2, end)});
    at = end;
  }
  return folders;
}
