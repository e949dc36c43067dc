import {createHash} from 'node:crypto';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Bucket, FileToPut, ListableBucket, ReadableBucket, Reading} from '../bucket/bucket.ts';
import {drawnBytes} from './drawn-bytes.ts';
import {BAD_KEYS, ODD_KEYS} from './keys.ts';
import {temporaryDirectory} from './temporary-directory.ts';

/** How to make a fresh, empty bucket; or what to say instead of testing it. */
export type MakeBucket = () => Promise<Bucket | {readonly absent: string}>;

/** A bucket to fill, and another door to read the same things through. */
export interface TwoDoors {
  readonly writable: Bucket;
  readonly readable: ReadableBucket;
}

/** The contract of `Bucket`. Every bucket passes it. */
export function describeBucket(name: string, make: MakeBucket, {order = 'code units'}: Quirks = {}): void {
  describe(name, () => {
    describe('reading', () => readingContract(both(make)));
    describe('writing', () => writingContract(make));
    describe('files', () => filesContract(make));
    describe('listing and removing', () => listingContract(make, order));
  });
}

export interface Quirks {
  /** A server that keeps folders lists `a/1` before `a-b`: the order of names, folder by folder. */
  readonly order?: 'code units' | 'folders';
}

/** The contract of `ReadableBucket`, for what can only be read. */
export function describeReadableBucket(
  name: string,
  make: () => Promise<TwoDoors | {readonly absent: string}>,
): void {
  describe(name, () => readingContract(make));
}

type Case<T> = (bucket: T) => Promise<void>;

function cases<T extends object>(make: () => Promise<T | {readonly absent: string}>) {
  return (what: string, test: Case<T>) => {
    it(what, async (context) => {
      const made = await make();
      if ('absent' in made) return context.skip(`NOT TESTED: ${made.absent}`);
      await test(made);
    });
  };
}

function both(make: MakeBucket): () => Promise<TwoDoors | {readonly absent: string}> {
  return async () => {
    const bucket = await make();
    return 'absent' in bucket ? bucket : {writable: bucket, readable: bucket};
  };
}

function readingContract(make: () => Promise<TwoDoors | {readonly absent: string}>): void {
  const check = cases(make);

  check('gives back what was put, and says how much it is', async ({writable, readable}) => {
    const bytes = drawnBytes(300_000);
    await writable.put('objects/v1/aa/b', bytes, {ifAbsent: false});
    expect(await readable.size('objects/v1/aa/b')).toBe(300_000);
    const reading = await existing(readable, 'objects/v1/aa/b');
    expect(reading.size).toBe(300_000);
    expect((await collect(reading)).equals(bytes)).toBe(true);
  });

  check('takes nothing for something', async ({writable, readable}) => {
    await writable.put('empty', new Uint8Array(), {ifAbsent: false});
    expect(await readable.size('empty')).toBe(0);
    expect(await collect(await existing(readable, 'empty'))).toHaveLength(0);
    expect(await collect(await existing(readable, 'empty', {from: 0}))).toHaveLength(0);
  });

  check('knows what is not there from what is', async ({writable, readable}) => {
    await writable.put('a/b', Buffer.from('x'), {ifAbsent: false});
    for (const key of ['missing', 'a', 'a/b/c', 'a/missing']) {
      expect(await readable.size(key)).toBeUndefined();
      expect(await readable.get(key)).toBeUndefined();
      expect(await readable.get(key, {from: 5})).toBeUndefined();
    }
  });

  check('reads ranges, and says how much the whole is', async ({writable, readable}) => {
    await writable.put('digits', Buffer.from('0123456789'), {ifAbsent: false});
    const range = async (from: number, to?: number) => {
      const reading = await existing(readable, 'digits', to === undefined ? {from} : {from, to});
      return [(await collect(reading)).toString(), reading.size];
    };
    expect(await range(0)).toEqual(['0123456789', 10]);
    expect(await range(4)).toEqual(['456789', 10]);
    expect(await range(4, 6)).toEqual(['45', 10]);
    expect(await range(9, 100)).toEqual(['9', 10]);
    expect((await range(10))[0]).toBe('');
    expect((await range(99))[0]).toBe('');
    expect((await range(4, 4))[0]).toBe('');
  });

  check('can be read by many at the same time, and left half read', async ({writable, readable}) => {
    const bytes = drawnBytes(1_500_000);
    await writable.put('big', bytes, {ifAbsent: false});
    const left = await existing(readable, 'big');
    for await (const _ of left.chunks) break;
    const readings = await Promise.all(
      [...Array(12).keys()].map((n) => existing(readable, 'big', {from: n * 1000})),
    );
    const all = await Promise.all(readings.map(collect));
    expect(all.every((read, n) => read.equals(bytes.subarray(n * 1000)))).toBe(true);
  });

  check('knows the keys of data lakes, as they are', async ({writable, readable}) => {
    for (const key of ODD_KEYS) await writable.put(key, Buffer.from(key), {ifAbsent: false});
    for (const key of ODD_KEYS) {
      expect(await readable.size(key)).toBe(Buffer.byteLength(key));
      expect((await collect(await existing(readable, key))).toString()).toBe(key);
    }
    expect(await keysOf(writable, '')).toEqual([...ODD_KEYS].sort());
    expect(await keysOf(writable, 'date=2024-01-01/')).toEqual(
      ODD_KEYS.filter((key) => key.startsWith('date')),
    );
    await writable.remove(ODD_KEYS);
    expect(await keysOf(writable, '')).toEqual([]);
  });

  check('refuses keys that would lead elsewhere', async ({readable}) => {
    for (const key of BAD_KEYS) {
      await expect(readable.size(key)).rejects.toMatchObject({code: 'refused'});
      await expect(readable.get(key)).rejects.toMatchObject({code: 'refused'});
    }
    await expect(readable.get('a', {from: -1})).rejects.toMatchObject({code: 'refused'});
    await expect(readable.get('a', {from: 2, to: 1})).rejects.toMatchObject({code: 'refused'});
  });
}

function writingContract(make: MakeBucket): void {
  const check = cases(make);

  check('replaces, or leaves alone what is there', async (bucket) => {
    const put = (text: string, ifAbsent: boolean) => bucket.put('k/1', Buffer.from(text), {ifAbsent});
    expect(await put('first', true)).toBe('written');
    expect(await put('second', true)).toBe('present');
    expect(await textOf(bucket, 'k/1')).toBe('first');
    expect(await put('third', false)).toBe('written');
    expect(await textOf(bucket, 'k/1')).toBe('third');
  });

  check('lets exactly one of many win', async (bucket) => {
    const outcomes = await Promise.all(
      [...Array(16).keys()].map((n) => bucket.put('race', Buffer.from(`writer ${n}`), {ifAbsent: true})),
    );
    const winner = outcomes.indexOf('written');
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
    expect(await textOf(bucket, 'race')).toBe(`writer ${winner}`);
  });

  check('keeps its bytes when the caller changes theirs', async (bucket) => {
    const mine = Buffer.from('mine');
    await bucket.put('mine', mine, {ifAbsent: false});
    mine.fill(0);
    for await (const chunk of (await existing(bucket, 'mine')).chunks) chunk.fill(0);
    expect(await textOf(bucket, 'mine')).toBe('mine');
  });

  check('writes under no bad key', async (bucket) => {
    for (const key of BAD_KEYS)
      await expect(bucket.put(key, Buffer.from('x'), {ifAbsent: false})).rejects.toMatchObject({
        code: 'refused',
      });
    expect(await keysOf(bucket, '')).toEqual([]);
  });
}

function filesContract(make: MakeBucket): void {
  const check = cases(make);

  for (const size of [0, 1, 70_000, 3 * 2 ** 20 + 5])
    check(`puts a file of ${size} bytes, and replaces it`, async (bucket) => {
      const bytes = drawnBytes(size);
      for (const _ of [1, 2]) await bucket.putFile('file', fileOf(bytes));
      expect(await bucket.size('file')).toBe(size);
      expect((await collect(await existing(bucket, 'file'))).equals(bytes)).toBe(true);
    });

  check('leaves no trace of a file that is not what it should be', async (bucket) => {
    const file = fileOf(drawnBytes(100_000));
    const others: readonly FileToPut[] = [
      {...file, sha256: '0'.repeat(64)},
      {...file, size: file.size + 1},
      {...file, size: file.size - 1},
      {...file, path: `${file.path}.missing`},
    ];
    for (const other of others)
      await expect(bucket.putFile('file', other)).rejects.toMatchObject({code: 'bad-file'});
    rmSync(file.path);
    await expect(bucket.putFile('file', file)).rejects.toMatchObject({code: 'bad-file', retryable: false});
    expect(await bucket.size('file')).toBeUndefined();
    expect(await keysOf(bucket, '')).toEqual([]);
  });
}

function listingContract(make: MakeBucket, order: 'code units' | 'folders'): void {
  const check = cases(make);
  const folders = ['a/1', 'a/2', 'a/2-x/y', 'a-b', 'a.b', 'b/c/d', 'b/c0'];
  const expected = order === 'folders' ? folders : [...folders].sort();
  const fill = (bucket: Bucket) =>
    Promise.all(expected.map((key) => bucket.put(key, Buffer.from(key), {ifAbsent: false})));

  check('lists in order, with sizes and times', async (bucket) => {
    await fill(bucket);
    expect(await keysOf(bucket, '')).toEqual(expected);
    for await (const {key, size, modified} of bucket.list('')) {
      expect(size).toBe(key.length);
      expect(Number.isFinite(modified)).toBe(true);
    }
  });

  check('lists what begins with a prefix', async (bucket) => {
    await fill(bucket);
    expect(await keysOf(bucket, 'a/')).toEqual(['a/1', 'a/2', 'a/2-x/y']);
    expect(await keysOf(bucket, 'a/2')).toEqual(['a/2', 'a/2-x/y']);
    expect(await keysOf(bucket, 'b/c0')).toEqual(['b/c0']);
    expect(await keysOf(bucket, 'nothing')).toEqual([]);
    for await (const {key} of bucket.list('')) {
      expect(key).toBe(expected[0]);
      break;
    }
  });

  check('lists what comes after a key', async (bucket) => {
    await fill(bucket);
    for (const [at, key] of expected.entries())
      expect(await keysOf(bucket, '', key)).toEqual(expected.slice(at + 1));
    expect(await keysOf(bucket, 'a/', 'a/1')).toEqual(['a/2', 'a/2-x/y']);
    expect(await keysOf(bucket, 'a/', 'a/1x')).toEqual(['a/2', 'a/2-x/y']);
    expect(await keysOf(bucket, 'a/', 'b')).toEqual([]);
    expect(await keysOf(bucket, '', 'z')).toEqual([]);
  });

  check('removes, also what is not there', async (bucket) => {
    await fill(bucket);
    await bucket.remove(['a/1', 'a/missing', 'b/c/d']);
    await bucket.remove([]);
    await bucket.remove(['a/1']);
    const left = expected.filter((key) => key !== 'a/1' && key !== 'b/c/d');
    expect(await keysOf(bucket, '')).toEqual(left);
    expect(await bucket.put('a/1', Buffer.from('again'), {ifAbsent: true})).toBe('written');
  });
}

async function existing(
  bucket: ReadableBucket,
  key: string,
  range?: {from: number; to?: number},
): Promise<Reading> {
  const reading = await bucket.get(key, range);
  if (reading === undefined) throw new Error(`${key} is not in ${bucket.name}`);
  return reading;
}

export async function collect({chunks}: Reading): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
  return Buffer.concat(all);
}

async function textOf(bucket: ReadableBucket, key: string): Promise<string> {
  return (await collect(await existing(bucket, key))).toString();
}

export async function keysOf(
  bucket: ListableBucket,
  prefix: string,
  after?: string,
): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const {key} of bucket.list(prefix, after)) keys.push(key);
  return keys;
}

/** A file with these bytes, for the length of a test. */
export function fileOf(bytes: Uint8Array): FileToPut {
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, bytes);
  return {path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')};
}
