import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {memoFile, type Question, recallNoOp, writeMemo} from './no-op-memo.ts';

const TEXT = '3 stages cached — nothing to do\n';

let folder: string;
let question: Question;
let sources: readonly string[];
let made: readonly string[];

beforeEach(() => {
  folder = temporaryDirectory();
  question = {
    arguments: ['run', 'p.yaml'],
    directory: '/project',
    boot: 'b',
    version: '1',
    cache: join(folder, 'cache'),
  };
  [sources, made] = [['p.yaml', 'ü'], ['object']].map((names) => names.map((name) => join(folder, name))) as [
    string[],
    string[],
  ];
  for (const file of [...sources, ...made]) writeFileSync(file, 'x');
});

const later = () => Date.now() + 10_000;
const remember = (since = later()) => writeMemo(question, TEXT, {sources, made, named: receipts()}, since);

/** Two folders, of which only names are looked at; one holds more than is asked for. */
function receipts() {
  const folders = ['receipts/aa', 'receipts/bb'].map((name) => join(folder, name));
  for (const each of folders) mkdirSync(each, {recursive: true});
  for (const each of folders) for (const name of ['1', '2', '3']) writeFileSync(join(each, name), '');
  return folders.map((each) => ({folder: each, names: ['1', '2']}));
}

describe('a settled run', () => {
  it('is remembered word for word as long as no file has changed', () => {
    expect(recallNoOp(question)).toBeUndefined();
    expect(remember()).toBe(true);
    expect(recallNoOp(question)).toBe(TEXT);
    expect(readdirSync(join(folder, 'cache/settled'))).toHaveLength(1);
  });

  it('is the answer to one question only', () => {
    remember();
    const others: Partial<Question>[] = [
      {arguments: ['run', 'q.yaml']},
      {directory: '/other'},
      {boot: 'c'},
      {version: '2'},
    ];
    for (const other of others) expect(recallNoOp({...question, ...other})).toBeUndefined();
  });

  it.each<[string, (file: string) => void]>([
    ['is gone', (file) => rmSync(file)],
    ['is longer', (file) => appendFileSync(file, 'y')],
    [
      'is another one with the same times',
      (file) => {
        const {atime, mtime} = statSync(file);
        writeFileSync(`${file}.new`, 'y');
        utimesSync(`${file}.new`, atime, mtime);
        renameSync(`${file}.new`, file);
      },
    ],
    ['was touched', (file) => utimesSync(file, 1, 1)],
  ])('is one no longer when a file %s', (_, change) => {
    for (const file of [...sources, ...made]) {
      remember();
      expect(recallNoOp(question)).toBe(TEXT);
      const bytes = readFileSync(file);
      change(file);
      expect(recallNoOp(question)).toBeUndefined();
      writeFileSync(file, bytes);
    }
  });

  it('is not remembered when a source was written after it was read; what the run made may be new', () => {
    // A file's time lags behind by up to a tick of its file system's clock.
    const since = Date.now() - 20;
    for (const file of sources) utimesSync(file, 1, 1);
    // The change time can not be set: this touch is later than `since`.
    expect(remember(since)).toBe(false);
    expect(remember(later())).toBe(true);
    appendFileSync(made[0] ?? '', 'y');
    expect(remember(later())).toBe(true);
  });

  it('is one no longer when a receipt is gone, or all of them are', () => {
    remember();
    rmSync(join(folder, 'receipts/bb/3'));
    expect(recallNoOp(question)).toBe(TEXT);
    rmSync(join(folder, 'receipts/bb/2'));
    expect(recallNoOp(question)).toBeUndefined();
    remember();
    expect(recallNoOp(question)).toBe(TEXT);
    rmSync(join(folder, 'receipts/bb'), {recursive: true});
    expect(recallNoOp(question)).toBeUndefined();
  });

  it('is not remembered when a file is not there', () => {
    rmSync(sources[0] ?? '');
    expect(remember()).toBe(false);
  });

  it('that was damaged, cut short or of another format is none', () => {
    remember();
    const file = memoFile(question);
    const bytes = readFileSync(file);
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(file, bytes.subarray(0, length));
      expect(recallNoOp(question)).toBeUndefined();
    }
    writeFileSync(file, bytes.toString('latin1').replace(/settled-\d/, 'settled-0'), 'latin1');
    expect(recallNoOp(question)).toBeUndefined();
    writeFileSync(file, bytes);
    expect(recallNoOp(question)).toBe(TEXT);
  });
});
