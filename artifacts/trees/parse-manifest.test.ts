import {describe, expect, it} from 'vitest';
import type {TreeEntry, TreeManifest} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {digestOfBytes} from '../hashing.ts';
import {checkPath} from '../path-rules.ts';
import fc from '../testing/properties.ts';
import {Collisions} from './collisions.ts';
import {encodeManifest, manifestOf} from './manifest.ts';
import {parseManifest} from './parse-manifest.ts';

/** The seed is fixed, so that a failure is the same for everyone. */
const SEED = 20_260_101;
const RUNS = 10_000;

const component = fc
  .string({unit: fc.constantFrom(...'abcdefgXYZ019._- é日'), minLength: 1, maxLength: 8})
  .filter((name) => checkPath(name).ok);
const path = fc.array(component, {minLength: 1, maxLength: 4}).map((parts) => parts.join('/'));
const entry = fc.record({
  path,
  size: fc.nat(),
  executable: fc.boolean(),
  digest: fc.string({maxLength: 5}).map((text) => digestOfBytes(text)),
});
const manifest = fc
  .array(entry, {minLength: 1, maxLength: 8})
  .map((entries) => manifestOf(withoutCollisions(entries)));

function withoutCollisions(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const collisions = new Collisions();
  return entries.filter(({path: each}) => {
    if (isFree(entries, each)) return collisions.add(each) === undefined;
    return false;
  });
}

/** Keeps the generator honest without the code under test: nothing below it, no other spelling. */
function isFree(entries: readonly TreeEntry[], each: string): boolean {
  const lower = each.toLowerCase();
  return !entries.some(({path: other}) => {
    const below = other.toLowerCase();
    return below.startsWith(`${lower}/`) || (below === lower && other !== each);
  });
}

const DIGEST = digestOfBytes('x');
const good: TreeEntry = {path: 'm', size: 1, executable: false, digest: DIGEST};

/** Every way to spoil a good manifest that a stranger might try; each must be refused by itself. */
const spoilings: Readonly<Record<string, (whole: TreeManifest, random: number) => string | Buffer>> = {
  'a bad path': (whole, random) => spoilt(whole, random, {path: pick(BAD_PATHS, random)}),
  'a bad size': (whole, random) => spoilt(whole, random, {size: pick([-1, 0.5, 2 ** 60, '1', null], random)}),
  'a bad digest': (whole, random) => spoilt(whole, random, {digest: pick(BAD_DIGESTS, random)}),
  'a bad bit': (whole, random) => spoilt(whole, random, {executable: pick([0, 1, 'true', null], random)}),
  'an extra member': (whole, random) => spoilt(whole, random, {type: 'symlink', target: '/etc/passwd'}),
  'a doubled entry': (whole) => canonicalJson({...whole, entries: [...whole.entries, ...whole.entries]}),
  'a wrong order': (whole) => canonicalJson({...whole, entries: [good, ...whole.entries, good].reverse()}),
  'a prefix conflict': (whole, random) => {
    const {path: existing} = pick(whole.entries, random);
    return encode([...whole.entries, {...good, path: `${existing}/below`}]);
  },
  'a case collision': (whole) => encode([...whole.entries, {...good, path: 'qq'}, {...good, path: 'QQ'}]),
  'another format': (whole, random) => canonicalJson({...whole, tree: pick([2, 0, '1', null], random)}),
  'a duplicate key': (whole) => `{"tree":1,${canonicalJson(whole).slice(1)}`,
  'a blank': (whole, random) => insert(canonicalJson(whole), random, ' '),
  'a truncation': (whole, random) => {
    const text = canonicalJson(whole);
    return text.slice(0, random % text.length);
  },
  'a trailing byte': (whole, random) => canonicalJson(whole) + pick(['\n', ' ', '\0', '{}'], random),
  'a byte order mark': (whole) => `\ufeff${canonicalJson(whole)}`,
  'a byte that is not UTF-8': (whole, random) => {
    const bytes = Buffer.from(canonicalJson(whole));
    bytes[random % bytes.length] = 0xff;
    return bytes;
  },
};

const BAD_PATHS = [
  '',
  '.',
  '../x',
  '/x',
  'a//b',
  'a\\b',
  'a:b',
  'a\0',
  '.git/config',
  'CON',
  'x.',
  'e\u0301',
];
const BAD_DIGESTS = [
  '',
  'sha256:',
  DIGEST.toUpperCase(),
  `${DIGEST}0`,
  DIGEST.replace('256', '512'),
  7,
  null,
];

describe('a manifest', () => {
  it(`is read back when it is good (${RUNS} of them)`, () => {
    let count = 0;
    fc.assert(
      fc.property(manifest, (whole) => {
        count++;
        expect(parseManifest(encodeManifest(whole))).toEqual({ok: true, value: whole});
      }),
      {seed: SEED, numRuns: RUNS},
    );
    expect(count).toBe(RUNS);
  });

  it(`is refused when it is hostile (${RUNS} of them, every way among them)`, () => {
    const refused = new Map<string, number>();
    const names = fc.constantFrom(...Object.keys(spoilings));
    const nonEmpty = manifest.filter((whole) => whole.entries.length > 0);
    fc.assert(
      fc.property(nonEmpty, names, fc.nat(), (whole, name, random) => {
        const bytes = Buffer.from(spoilings[name]?.(whole, random) ?? '');
        fc.pre(!bytes.equals(encodeManifest(whole)));
        expect(parseManifest(bytes)).toMatchObject({ok: false});
        refused.set(name, (refused.get(name) ?? 0) + 1);
      }),
      {seed: SEED, numRuns: RUNS, maxSkipsPerRun: 1},
    );
    expect([...refused.keys()].sort()).toEqual(Object.keys(spoilings).sort());
    expect([...refused.values()].reduce((a, b) => a + b)).toBe(RUNS);
  });

  it('is the same whatever order its files come in', () => {
    fc.assert(
      fc.property(manifest, (whole) => {
        expect(manifestOf([...whole.entries].reverse())).toEqual(whole);
      }),
      {seed: SEED, numRuns: 500},
    );
  });

  it('may be nested as deep as anyone likes, and is refused', () => {
    for (const open of ['[', '{"entries":', '{"entries":[', '{"tree":']) {
      expect(parseManifest(Buffer.from(open.repeat(200_000)))).toMatchObject({ok: false});
      const close = open.includes('[') ? ']' : '}';
      const deep = `${open.repeat(50_000)}1${close.repeat(50_000)}`;
      expect(parseManifest(Buffer.from(deep))).toMatchObject({ok: false});
    }
  });

  it('of 50,000 files is read', () => {
    const entries = Array.from({length: 50_000}, (_, at) => ({...good, path: `d${at % 100}/f${at}.bin`}));
    const bytes = encodeManifest(manifestOf(entries));
    expect(parseManifest(bytes).ok).toBe(true);
  });
});

function spoilt(whole: TreeManifest, random: number, change: Readonly<Record<string, unknown>>): string {
  const at = random % whole.entries.length;
  const entries = whole.entries.map((each, index) => (index === at ? {...each, ...change} : each));
  return canonicalJson({tree: 1, entries});
}

function encode(entries: readonly TreeEntry[]): string {
  return canonicalJson(manifestOf(entries));
}

function insert(text: string, random: number, what: string): string {
  const commas = [...text.matchAll(/,"/g)].map((match) => match.index + 1);
  const at = pick(commas, random);
  return text.slice(0, at) + what + text.slice(at);
}

function pick<T>(items: readonly T[], random: number): T {
  const item = items[random % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
