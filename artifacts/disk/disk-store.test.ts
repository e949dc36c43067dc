import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {Digest} from '../../schemas/digest.ts';
import {digestOfBytes} from '../hashing.ts';
import {objectPath} from '../layout.ts';
import {openStore} from '../open/open-store.ts';
import {describeStore} from '../testing/describe-store.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import type {OpenStore} from './local-store.ts';

const OWNER = 'boot.1.2';

describeStore('a store on disk', () => open());

function open(directory: string = temporaryDirectory()): Promise<OpenStore> {
  return openStore({directory, owner: OWNER});
}

describe('what is on disk', () => {
  it('is named by hash, read-only, with nothing left over', async () => {
    const {layout, artifacts} = await open();
    const {digest} = await artifacts.write(Buffer.from('hello'));
    const path = join(
      layout.root,
      'objects/v1/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    );
    expect(objectPath(layout, digest)).toBe(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o444);
    expect(readdirSync(layout.temporary)).toEqual([]);
  });

  it('may be reached through a link', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const {artifacts} = await open(join(folder, 'link'));
    const {digest} = await artifacts.write(Buffer.from('hello'));
    expect(Buffer.from(await artifacts.read(digest)).toString()).toBe('hello');
  });

  it('refuses an owner that no file could be named for', async () => {
    const opening = openStore({directory: temporaryDirectory(), owner: 'a/b'});
    await expect(opening).rejects.toThrow(RangeError);
  });
});

describe('a damaged object', () => {
  const uses: Readonly<Record<string, (store: OpenStore, digest: Digest) => Promise<unknown>>> = {
    read: ({artifacts}, digest) => artifacts.read(digest),
    stream: ({artifacts}, digest) => drain(artifacts.stream(digest)),
    link: ({artifacts}, digest) => artifacts.place([placement(digest, true)]),
    copy: ({artifacts}, digest) => artifacts.place([placement(digest, false)]),
  };

  for (const [use, attempt] of Object.entries(uses)) {
    it(`is never used (${use}), but quarantined and named`, async () => {
      const {store, digest} = await withDamagedObject();
      await expect(attempt(store, digest)).rejects.toMatchObject({code: 'corrupt', subject: digest});
      expect(existsSync(objectPath(store.layout, digest))).toBe(false);
      expect(readdirSync(store.layout.quarantine)).toHaveLength(1);
      await expect(attempt(store, digest)).rejects.toMatchObject({code: 'missing'});
    });
  }

  it('is replaced when the right bytes are written again', async () => {
    const {store, digest} = await withDamagedObject();
    await store.artifacts.write(Buffer.from('hello'));
    expect(Buffer.from(await store.artifacts.read(digest)).toString()).toBe('hello');
  });

  it('is replaced when a file with the right bytes is adopted', async () => {
    for (const mode of ['link', 'copy'] as const) {
      const {store, digest} = await withDamagedObject();
      const path = join(temporaryDirectory(), 'output');
      writeFileSync(path, 'hello');
      expect(await store.artifacts.adopt([{path, mode}])).toMatchObject({ok: true});
      expect(Buffer.from(await store.artifacts.read(digest)).toString()).toBe('hello');
    }
  });

  it('is found when somebody has put a link in its place', async () => {
    const {layout, artifacts} = await open();
    const digest = digestOfBytes('hello');
    mkdirSync(join(layout.objects, '2c'), {recursive: true});
    symlinkSync('/etc/hostname', objectPath(layout, digest));
    await expect(artifacts.read(digest)).rejects.toMatchObject({code: 'corrupt'});
  });

  it('streams no last chunk', async () => {
    const store = await open();
    const {digest} = await store.artifacts.write(Buffer.alloc(2.5 * 2 ** 20, 'a'));
    damage(objectPath(store.layout, digest), 'b'.repeat(2.5 * 2 ** 20));
    let chunks = 0;
    const reading = drain(store.artifacts.stream(digest), () => chunks++);
    await expect(reading).rejects.toMatchObject({code: 'corrupt'});
    expect(chunks).toBe(2);
  });
});

describe('hard links', () => {
  it('make an output the object itself, and an input the object itself', async () => {
    const {layout, artifacts} = await open();
    const path = join(layout.root, 'output');
    writeFileSync(path, 'hello');
    await artifacts.adopt([{path, mode: 'link'}]);
    const digest = digestOfBytes('hello');
    const object = lstatSync(objectPath(layout, digest));
    expect({ino: object.ino, mode: object.mode & 0o777}).toEqual({ino: lstatSync(path).ino, mode: 0o444});
    const input = placement(digest, true);
    expect(await artifacts.place([input])).toMatchObject({linked: 1, copied: 0, bytesCopied: 0});
    expect(lstatSync(input.destination).ino).toBe(object.ino);
  });

  it('are not made to a file that has another name, which may be open for writing', async () => {
    const {layout, artifacts} = await open();
    const path = join(layout.root, 'output');
    writeFileSync(path, 'hello');
    linkSync(path, join(layout.root, 'another name'));
    await artifacts.adopt([{path, mode: 'link'}]);
    expect(lstatSync(objectPath(layout, digestOfBytes('hello'))).ino).not.toBe(lstatSync(path).ino);
  });

  it('across file systems become copies, and the report says so', async (ctx) => {
    const {artifacts} = await open();
    if (!existsSync('/dev/shm') || lstatSync('/dev/shm').dev === lstatSync('/tmp').dev) {
      ctx.skip('no second file system at /dev/shm');
    }
    const {digest} = await artifacts.write(Buffer.from('hello'));
    const destination = join(temporaryDirectory('/dev/shm'), 'input');
    const placed = await artifacts.place([{digest, destination, executable: false, link: true}]);
    expect(placed).toMatchObject({linked: 0, copied: 1, bytesCopied: 5, fallbacks: {'other-file-system': 1}});
    const output = join(temporaryDirectory('/dev/shm'), 'output');
    writeFileSync(output, 'elsewhere');
    expect(await artifacts.adopt([{path: output, mode: 'link'}])).toMatchObject({ok: true});
  });

  it('that were written through are found, even when the times are set back', async () => {
    const store = await open();
    const {artifacts, layout} = store;
    const {digest} = await artifacts.write(Buffer.from('hello'));
    const {digest: untouched} = await artifacts.write(Buffer.from('untouched'));
    const input = placement(digest, true);
    const {links} = await artifacts.place([input, placement(untouched, true)]);
    expect(await artifacts.verifyUnchanged(links)).toEqual([]);
    const {atime, mtime} = lstatSync(input.destination);
    damage(input.destination, 'jello');
    utimesSync(input.destination, atime, mtime);
    expect(await artifacts.verifyUnchanged(links)).toEqual([digest]);
    expect(existsSync(objectPath(layout, digest))).toBe(false);
    expect(existsSync(objectPath(layout, untouched))).toBe(true);
  });

  it('whose mode was changed lose no bytes, and get their mode back', async () => {
    const {artifacts, layout} = await open();
    const {digest} = await artifacts.write(Buffer.from('hello'));
    const input = placement(digest, true);
    const {links} = await artifacts.place([input]);
    chmodSync(input.destination, 0o666);
    expect(await artifacts.verifyUnchanged(links)).toEqual([]);
    expect(lstatSync(objectPath(layout, digest)).mode & 0o777).toBe(0o444);
  });
});

describe('the index of verified objects', () => {
  it('spares the next process the hashing, until the object looks different', async () => {
    const directory = temporaryDirectory();
    const first = await open(directory);
    const {digest} = await first.artifacts.write(Buffer.from('hello'));
    await first.close();
    const path = objectPath(first.layout, digest);
    const reference = join(directory, 'reference');
    execFileSync('touch', ['-r', path, reference]);
    // Same size, same time, same inode: only a hash can tell. This is the trade, and `verify` the answer.
    damage(path, 'jello');
    chmodSync(path, 0o444);
    execFileSync('touch', ['-r', reference, path]);
    const second = await open(directory);
    await second.artifacts.place([placement(digest, true)]);
    utimesSync(path, 0, 0);
    const third = await open(directory);
    const placing = third.artifacts.place([placement(digest, true)]);
    await expect(placing).rejects.toMatchObject({code: 'corrupt'});
  });

  it('may be torn', async () => {
    const directory = temporaryDirectory();
    const first = await open(directory);
    const {digest} = await first.artifacts.write(Buffer.from('hello'));
    await first.close();
    const whole = readFileSync(first.layout.verified);
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(first.layout.verified, whole.subarray(0, length));
      const {artifacts} = await open(directory);
      expect(await artifacts.place([placement(digest, true)])).toMatchObject({linked: 1});
    }
  });
});

function placement(digest: Digest, link: boolean) {
  return {digest, destination: join(temporaryDirectory(), 'input'), executable: false, link};
}

async function withDamagedObject(): Promise<{readonly store: OpenStore; readonly digest: Digest}> {
  const store = await open();
  const {digest} = await store.artifacts.write(Buffer.from('hello'));
  damage(objectPath(store.layout, digest), 'jello');
  return {store, digest};
}

function damage(path: string, bytes: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

async function drain(chunks: AsyncIterable<Uint8Array>, each: () => void = () => undefined): Promise<void> {
  for await (const _ of chunks) each();
}
