import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {digestOfBytes} from '../hashing.ts';
import {MemoryStore} from '../memory/memory-store.ts';
import {StoreError} from '../store-error.ts';
import {choicesFrom} from '../testing/choices.ts';
import {BODY, entry, LIES, sound} from '../testing/manifest-lies.ts';
import {encodeManifest, manifestOf, treeOf} from './manifest.ts';
import {materialise} from './materialise.ts';
import {parseManifest} from './parse-manifest.ts';

/**
 * What a stranger may write into a manifest to make somebody else's machine write where it should not, or read one
 * tree two ways. Everything is made of a sound manifest and one lie; REPRO_HOSTILE=100000 makes more of them.
 */
const COUNT = Number(process.env.REPRO_HOSTILE ?? 10_000);
const SEED = 'hostile manifests';
const BENIGN = 1_000;

let around: string;
let root: string;

beforeAll(() => {
  around = realpathSync(mkdtempSync(join(tmpdir(), 'repro-hostile-')));
  root = join(around, 'deep', 'root');
  mkdirSync(root, {recursive: true});
  mkdirSync(join(around, 'outside'));
  writeFileSync(join(around, 'outside', 'canary'), 'untouched');
  writeFileSync(join(around, 'deep', 'canary'), 'untouched');
  symlinkSync(join(around, 'outside'), join(root, 'link'));
});

afterAll(() => rmSync(around, {recursive: true, force: true}));

describe('a stranger’s manifest', () => {
  it(`is refused, and nothing is written, ${COUNT} times out of ${COUNT}`, async () => {
    const choose = choicesFrom(SEED);
    const before = listing(around);
    const names = Object.keys(LIES);
    const refused = new Map<string, number>();
    let naive = 0;
    let escaping = 0;
    for (let i = 0; i < COUNT; i++) {
      const name = names[i % names.length] ?? '';
      const bytes = Buffer.from((LIES[name]?.(sound(choose), choose) ?? '') as string);
      expect(await accepts(bytes, `${root}/tree${i}`), `${name}: ${bytes.toString('latin1', 0, 500)}`).toBe(
        false,
      );
      refused.set(name, (refused.get(name) ?? 0) + 1);
      const read = readNaively(bytes);
      if (read !== undefined) naive++;
      if (read?.some((each) => !resolve(root, String(each)).startsWith(`${root}/`))) escaping++;
    }
    expect([...refused.values()].reduce((a, b) => a + b)).toBe(COUNT);
    expect(refused.size).toBe(names.length);
    expect(listing(around)).toEqual(before);
    // The control: a reader that only parses JSON takes most of them, and many lead out of the root.
    expect(naive).toBeGreaterThan(COUNT / 3);
    expect(escaping).toBeGreaterThan(COUNT / 50);
    process.stdout.write(
      `hostile manifests: ${COUNT} of ${names.length} kinds refused; without the rules ${naive} accepted, ${escaping} of them out of the root\n`,
    );
  });

  it(`is taken when it is sound, ${BENIGN} times out of ${BENIGN}`, async () => {
    const choose = choicesFrom('benign');
    let taken = 0;
    for (let i = 0; i < BENIGN; i++) {
      const bytes = encodeManifest(manifestOf(sound(choose)));
      // Laid down, too: one in ten, for that is a thousand folders fewer to make and remove.
      const isTaken = i % 10 === 0 ? await accepts(bytes, `${root}/sound${i}`) : parseManifest(bytes).ok;
      if (isTaken) taken++;
    }
    expect(taken).toBe(BENIGN);
    expect(readFileSync(join(around, 'outside', 'canary'), 'utf8')).toBe('untouched');
  });

  it('lies about what it is: refused as well', async () => {
    const choose = choicesFrom('claims');
    const before = listing(around);
    for (let i = 0; i < 300; i++) {
      const manifest = manifestOf(sound(choose));
      const claim = {
        ...treeOf(manifest),
        ...choose.of([{files: 0}, {size: 0}, {size: 2 ** 40}, {files: 10 ** 6}]),
      };
      expect(await accepts(encodeManifest(manifest), `${root}/claim${i}`, claim)).toBe(false);
    }
    expect(listing(around)).toEqual(before);
  });

  it('is laid down only where nothing is', async () => {
    const bytes = encodeManifest(manifestOf([entry('canary')]));
    for (const taken of ['link', '../../outside', '../canary']) {
      expect(await accepts(bytes, `${root}/${taken}`)).toBe(false);
    }
    expect(readFileSync(join(around, 'outside', 'canary'), 'utf8')).toBe('untouched');
    expect(readFileSync(join(around, 'deep', 'canary'), 'utf8')).toBe('untouched');
  });
});

/** As a pull does it: out of a store, by its digest, into a directory that is not there yet. */
async function accepts(bytes: Buffer, destination: string, claim?: TreeArtifact): Promise<boolean> {
  const store = new MemoryStore();
  await store.write(Buffer.from(BODY));
  const {digest} = await store.write(bytes);
  const tree = claim ?? {type: 'tree' as const, digest, ...claimOf(bytes)};
  try {
    await materialise(store, {...tree, digest}, destination, {link: false});
    return true;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'malformed' || error.code === 'occupied'))
      return false;
    throw error;
  }
}

/** What the stranger would say of it, so that nothing but the manifest itself is in the way. */
function claimOf(bytes: Buffer): {readonly size: number; readonly files: number} {
  try {
    const {entries} = JSON.parse(bytes.toString()) as {readonly entries: readonly {readonly size: number}[]};
    return {files: entries.length, size: entries.reduce((sum, {size}) => sum + size, 0)};
  } catch {
    return {files: 0, size: 0};
  }
}

function readNaively(bytes: Buffer): readonly unknown[] | undefined {
  try {
    const {entries} = JSON.parse(bytes.toString()) as {readonly entries: readonly {readonly path: unknown}[]};
    return entries.map(({path: each}) => each);
  } catch {
    return undefined;
  }
}

/** Every file and folder with its bytes. */
function listing(folder: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true, encoding: 'utf8'})
    .map((each) => {
      const full = join(each.parentPath, each.name);
      return `${full} ${each.isFile() ? digestOfBytes(readFileSync(full)) : each.isSymbolicLink() ? 'link' : 'folder'}`;
    })
    .sort();
}
