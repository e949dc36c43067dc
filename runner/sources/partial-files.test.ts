import {linkSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import fc from '../../artifacts/testing/properties.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {PartialFiles} from './partial-files.ts';
import {parsePartialName, partialName, shortKey} from './partial-name.ts';

const DAY = 86_400_000;

function roomOf(
  directory: string,
  owner: string,
  alive: readonly string[] = [],
  now = Date.now(),
): PartialFiles {
  return new PartialFiles({directory, owner, isAlive: (other) => alive.includes(other), now: () => now});
}

describe('downloads on their way', () => {
  it('are gone on with by the next process, with their hint, and hashed as a whole', async () => {
    const directory = join(temporaryDirectory(), 'partial');
    const first = roomOf(directory, 'a.1.1').take('key');
    first.append(Buffer.from('hel'));
    first.hint = '"etag"';
    first.release();
    const second = roomOf(directory, 'b.1.1').take('key');
    expect([second.size, second.hint]).toEqual([3, '"etag"']);
    await second.digest();
    second.append(Buffer.from('lo'));
    expect(await second.digest()).toBe(digestOfBytes('hello'));
    second.close();
    expect(readFileSync(second.path, 'utf8')).toBe('hello');
  });

  it('have one writer: a living one keeps its own, a dead one’s is taken over, once', () => {
    const directory = temporaryDirectory();
    const living = roomOf(directory, 'living.1.1').take('key');
    living.append(Buffer.from('mine'));
    const other = roomOf(directory, 'b.1.1', ['living.1.1']).take('key');
    expect([other.size, other.path === living.path]).toEqual([0, false]);
    other.discard();
    // It dies; two processes look around before either takes.
    const heirs = ['c.1.1', 'd.1.1'].map((owner) => roomOf(directory, owner, ['c.1.1', 'd.1.1']));
    for (const heir of heirs) heir.take('another key').discard();
    expect(heirs.map((heir) => heir.take('key').size)).toEqual([4, 0]);
  });

  it('are never an object of the store, a link, or somebody else’s file', () => {
    const directory = temporaryDirectory();
    const object = join(directory, 'object');
    writeFileSync(object, 'an object', {mode: 0o444});
    const name = partialName({short: shortKey('key'), hint: ''});
    linkSync(object, join(directory, name));
    const taken = roomOf(directory, 'a.1.1').take('key');
    taken.append(Buffer.from('x'));
    expect([taken.size, readFileSync(object, 'utf8')]).toEqual([1, 'an object']);
    const link = partialName({short: shortKey('link'), hint: ''});
    symlinkSync(object, join(directory, link));
    const other = roomOf(directory, 'a.1.1').take('link');
    other.append(Buffer.from('x'));
    expect([other.size, readFileSync(object, 'utf8')]).toEqual([1, 'an object']);
    expect(readdirSync(directory)).toContain('object');
  });

  it('are forgotten after a month', () => {
    const directory = temporaryDirectory();
    for (const key of ['old', 'new']) {
      const file = roomOf(directory, 'a.1.1').take(key);
      file.append(Buffer.from(key));
      file.release();
    }
    const name = partialName({short: shortKey('old'), hint: ''});
    utimesSync(join(directory, name), 1, 1);
    expect(roomOf(directory, 'b.1.1', [], 31 * DAY + 2000).take('old').size).toBe(0);
    expect(roomOf(directory, 'b.1.1').take('new').size).toBe(3);
  });

  it('have names that say their hint, and are always short enough', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({unit: 'grapheme'}), (key, hint) => {
        const name = partialName({short: shortKey(key), hint});
        const kept = Buffer.byteLength(hint) <= 72 ? Buffer.from(hint).toString() : '';
        expect(parsePartialName(name)).toEqual({short: shortKey(key), hint: kept});
        expect(`${'o'.repeat(100)}~${name}.01234567`.length).toBeLessThanOrEqual(255);
      }),
    );
    expect(parsePartialName('object')).toBeUndefined();
  });
});
