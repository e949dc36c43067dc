import {chmodSync, chownSync, lstatSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, expect, it} from 'vitest';
import {objectPath} from '../layout.ts';
import {openStore} from '../open/open-store.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {exitSum, type Finding} from '../upkeep/finding.ts';
import {verifyStore} from '../upkeep/verify.ts';

const isRoot = process.getuid?.() === 0;
const umask = process.umask();
afterEach(() => void process.umask(umask));

async function aStore() {
  const store = await openStore({directory: join(temporaryDirectory(), 'store'), owner: 'boot.1.2'});
  const {digest} = await store.artifacts.write(Buffer.from('hello'));
  const path = objectPath(store.layout, digest);
  const place = async (link: boolean) => {
    const destination = join(temporaryDirectory(), 'input');
    const placed = await store.artifacts.place([{digest, destination, executable: false, link}]);
    return {placed, destination, mode: modeOf(destination), text: readFileSync(destination, 'utf8')};
  };
  return {store, digest, path, place};
}

const modeOf = (path: string) => lstatSync(path).mode & 0o7777;

async function findings(store: Parameters<typeof verifyStore>[0], repair = false): Promise<Finding[]> {
  const all: Finding[] = [];
  for await (const finding of verifyStore(store, {repair})) all.push(finding);
  return all;
}

it.each([0o000, 0o022, 0o077, 0o777])(
  'objects and copies of them are everybody’s to read, at umask %i',
  async (mask) => {
    process.umask(mask & 0o077);
    const {path, place} = await aStore();
    process.umask(mask);
    expect(modeOf(path)).toBe(0o444);
    process.umask(umask);
    expect((await place(false)).mode).toBe(0o444);
  },
);

it.each([0o000, 0o200, 0o400, 0o440, 0o644, 0o666, 0o4444, 0o755])(
  'an object of mode %i is put right before it is anybody’s input',
  async (mode) => {
    for (const link of [true, false]) {
      const {path, place} = await aStore();
      chmodSync(path, mode);
      const {mode: found, text} = await place(link);
      expect({found, text}).toEqual({found: 0o444, text: 'hello'});
    }
  },
);

it('one whose mode can’t be put right is hashed, and copied instead of linked', async () => {
  // The system refuses: as for somebody else's file, or a file system that is read-only.
  const {path, place, store} = await aStore();
  if (!isRoot) return;
  chmodSync(path, 0o444);
  chownSync(path, 65534, 65534);
  const {placed} = await place(true);
  expect(placed.linked).toBe(1); // Whoever owns it: everybody may read it.
  expect(await findings(store)).toEqual([]);
});

it('verify names a mode that nobody made, says whose it is, and mends it when asked', async () => {
  const {path, store} = await aStore();
  expect(await findings(store)).toEqual([]);
  chmodSync(path, 0o400); // What older versions left at a umask of 077.
  expect(await findings(store)).toEqual([]);
  if (!isRoot) return; // Who is not root can't hash it, and is told EACCES.
  chmodSync(path, 0o000);
  const found = await findings(store);
  const why = 'its mode is 0000, where 0444 was made';
  expect(found).toEqual([{kind: 'other', what: 'mode', file: path, why}]);
  expect(exitSum(found)).toBe(4);
  expect(await findings(store, true)).toEqual([{kind: 'other', what: 'mode', file: path, why, healed: true}]);
  expect(await findings(store)).toEqual([]);
  chmodSync(path, 0o644);
  chownSync(path, 65534, 65534);
  expect(await findings(store)).toMatchObject([
    {why: 'its mode is 0644, where 0444 was made, and it belongs to user 65534'},
  ]);
});
