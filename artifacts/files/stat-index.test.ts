import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../hashing.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {StatIndex} from './stat-index.ts';

describe('a file', () => {
  it('that looks the same is not read again, in this process or the next', () => {
    const {index, file, path} = settled('hello');
    expect(index.known(path)).toBe(undefined);
    expect(index.digest(path)).toMatchObject({digest: digestOfBytes('hello'), size: 5, fresh: true});
    expect(index.digest(path)).toMatchObject({digest: digestOfBytes('hello'), size: 5, fresh: false});
    index.save();
    expect(StatIndex.load(file).known(path)).toBe(digestOfBytes('hello'));
  });

  const changes: Readonly<Record<string, (path: string) => void>> = {
    'other bytes': (path) => writeFileSync(path, 'jello'),
    'another size': (path) => writeFileSync(path, 'hello!'),
    'another time': (path) => utimesSync(path, 1, 1),
    'other bytes and the old time': (path) => {
      writeFileSync(path, 'jello');
      execFileSync('touch', ['-d', LONG_AGO, path]);
    },
    'another file moved over it, with the old time': (path) => {
      writeFileSync(`${path}.new`, 'jello');
      execFileSync('touch', ['-d', LONG_AGO, `${path}.new`]);
      renameSync(`${path}.new`, path);
    },
    'a link in its place': (path) => {
      renameSync(path, `${path}.old`);
      symlinkSync(`${path}.old`, path);
    },
    nothing: (path) => renameSync(path, `${path}.old`),
  };

  for (const [what, change] of Object.entries(changes)) {
    it(`is not known any more once there is ${what}`, () => {
      const {index, path} = settled('hello');
      index.digest(path);
      expect(index.known(path)).toBe(digestOfBytes('hello'));
      change(path);
      expect(index.known(path)).toBe(undefined);
    });
  }

  it('modified in the tick it was hashed in is not remembered', () => {
    const index = StatIndex.load(join(temporaryDirectory(), 'index'));
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'hello');
    expect(index.digest(path).fresh).toBe(true);
    expect(index.digest(path).fresh).toBe(true);
    index.save();
    expect(index.known(path)).toBe(undefined);
  });

  it('from the future is not remembered, nor one whose clock has whole seconds and just ticked', () => {
    const {index, path} = settled('hello', 'now + 1 year');
    expect(index.digest(path).fresh && index.digest(path).fresh).toBe(true);
    const coarse = settled('hello', new Date(Date.now() - 1000).toISOString().slice(0, 19));
    expect(coarse.index.digest(coarse.path).fresh && coarse.index.digest(coarse.path).fresh).toBe(true);
  });

  it('never gets a wrong digest, however fast it is rewritten', () => {
    const index = StatIndex.load(join(temporaryDirectory(), 'index'));
    const path = join(temporaryDirectory(), 'file');
    const wrong: string[] = [];
    for (let round = 0; round < 2000; round++) {
      const bytes = `round ${round % 7}`;
      writeFileSync(path, bytes);
      if (index.digest(path).digest !== digestOfBytes(bytes)) wrong.push(`${round}`);
      if (round % 50 === 0) index.save();
    }
    expect(wrong).toEqual([]);
  });

  it('that is no regular file is an error that names it', () => {
    const folder = temporaryDirectory();
    const index = StatIndex.load(join(folder, 'index'));
    symlinkSync('/etc/passwd', join(folder, 'link'));
    expect(() => index.digest(join(folder, 'link'))).toThrow(/symbolic link/);
    expect(() => index.digest(join(folder, 'nothing'))).toThrow(/does not exist/);
  });
});

describe('the index file', () => {
  it('may be torn or damaged anywhere: then less is known, and nothing wrongly', () => {
    const {index, file, path} = settled('hello');
    index.digest(path);
    index.save();
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (at % 2 === 0 ? 1 : 0xff);
      for (const bytes of [whole.subarray(0, at), damaged]) {
        writeFileSync(file, bytes);
        const known = StatIndex.load(file).known(path);
        expect([undefined, digestOfBytes('hello')]).toContain(known);
      }
    }
  });

  it('holds as many files as there are, added in several sessions', () => {
    const folder = temporaryDirectory();
    const file = join(folder, 'index');
    const paths = Array.from({length: 300}, (_, at) => join(folder, `file ${at} é`));
    for (const path of paths) writeFileSync(path, path);
    execFileSync('touch', ['-d', LONG_AGO, ...paths]);
    execFileSync('sleep', ['0.05']);
    for (const part of [paths.slice(0, 100), paths.slice(100), []]) {
      const index = StatIndex.load(file);
      for (const path of part) index.digest(path);
      index.save();
    }
    const index = StatIndex.load(file);
    expect(paths.filter((path) => index.known(path) !== digestOfBytes(path))).toEqual([]);
  });

  it('is not needed: where none can be written, everything is hashed', () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'index'));
    const index = StatIndex.load(join(folder, 'index'));
    const path = join(folder, 'file');
    writeFileSync(path, 'hello');
    expect(index.digest(path).digest).toBe(digestOfBytes('hello'));
    index.save();
  });
});

const LONG_AGO = '2001-02-03T04:05:06.789';

/** A file that was last touched some ticks ago, and an index that hasn't seen it. */
function settled(bytes: string, time: string = LONG_AGO) {
  const folder = temporaryDirectory();
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  execFileSync('touch', ['-d', time, path]);
  execFileSync('sleep', ['0.05']);
  const file = join(folder, 'index');
  return {path, file, index: StatIndex.load(file)};
}
