import {describe, expect, it} from 'vitest';
import type {TreeManifest} from '../../schemas/artifact.ts';
import {hexOf} from '../../schemas/digest.ts';
import {digestOfBytes} from '../hashing.ts';
import fc from '../testing/properties.ts';
import {manifestOf} from '../trees/manifest.ts';
import {PACKS, type Packing, packsOf} from './packs.ts';

describe('the packs of a tree', () => {
  it('hold every small file once and leave every large one alone', () => {
    fc.assert(
      fc.property(manifests(), (manifest) => {
        const {packs, loose} = packsOf(manifest);
        const packed = packs.flatMap(({members}) => members.map(({digest}) => digest));
        const all = [...packed, ...loose.map(({digest}) => digest)];
        expect(new Set(all).size).toBe(all.length);
        expect(new Set(all)).toEqual(new Set(manifest.entries.map(({digest}) => digest)));
        const large = new Set(
          manifest.entries.filter(({size}) => size > PACKS.fileBytes).map(({digest}) => digest),
        );
        expect(packed.filter((digest) => large.has(digest))).toEqual([]);
      }),
    );
  });

  it('are within their limits, of at least two members that lie one after another, and named by their list', () => {
    fc.assert(
      fc.property(manifests(), (manifest) => {
        for (const {digest, size, members} of packsOf(manifest).packs) {
          expect(members.length).toBeGreaterThan(1);
          expect(members.length).toBeLessThanOrEqual(PACKS.members);
          expect(size).toBeLessThanOrEqual(PACKS.bytes);
          let end = 0;
          for (const member of members) {
            expect(member.offset).toBe(end);
            end += member.size;
          }
          expect(size).toBe(end);
          expect(digest).toBe(digestOfBytes(members.map((m) => `${hexOf(m.digest)}  ${m.size}\n`).join('')));
        }
      }),
    );
  });

  it('stay what they are but for one or two when a file is changed, added or taken away', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('change', 'add', 'remove'),
        fc.nat({max: 19_999}),
        (seed, edit, at) => {
          const before = treeOf(20_000, 1000, seed);
          const entries = [...before.entries];
          const file = {
            path: `${entries[at]?.path}+`,
            size: 999,
            executable: false,
            digest: digestOfBytes(`${seed}!`),
          };
          if (edit === 'change') entries[at] = file;
          else if (edit === 'add') entries.push(file);
          else entries.splice(at, 1);
          const changed = newPacks(packsOf(before), packsOf(manifestOf(entries)));
          expect(changed).toBeLessThanOrEqual(2 + forced(packsOf(before)));
        },
      ),
      {numRuns: 30},
    );
  });

  it('of 100,000 files of 4 KiB are some 200, of which a changed file changes one', () => {
    const before = treeOf(100_000, 4096, 0);
    const packing = packsOf(before);
    expect(packing.loose.length).toBeLessThan(10);
    expect(packing.packs.length).toBeGreaterThan(150);
    expect(packing.packs.length).toBeLessThan(300);
    let changed = 0;
    for (let i = 0; i < 20; i++) {
      const entries = before.entries.map((entry, at) =>
        at === i * 4999 ? {...entry, digest: digestOfBytes(`edited ${i}`)} : entry,
      );
      changed += newPacks(packing, packsOf({tree: 1, entries}));
    }
    expect(changed / 20).toBeLessThan(1.5);
  });

  it('have the same names for ever', () => {
    expect(packsOf(treeOf(3, 1000, 7))).toMatchInlineSnapshot(`
      {
        "loose": [],
        "packs": [
          {
            "digest": "sha256:9e4359fe09105798ccc3fd02623fa6c42428c5f18b7824ced86ea2ec5f139193",
            "members": [
              {
                "digest": "sha256:9fc5a7d9f8ce0cd9160cd957b850ac145851c8f3754519255778a96c918588ab",
                "offset": 0,
                "size": 1000,
              },
              {
                "digest": "sha256:6a310c46133227712dae5b353985591e69e96a20bd2815cee63d8f947aac367e",
                "offset": 1000,
                "size": 1000,
              },
              {
                "digest": "sha256:8847ccf9793caf1bf27c8069e90dc6c6f1b505284f04e569a73ebb56106dc5bd",
                "offset": 2000,
                "size": 1000,
              },
            ],
            "size": 3000,
          },
        ],
      }
    `);
  });
});

/** Files in order of their paths, each with a content of its own. */
function treeOf(files: number, size: number, seed: number): TreeManifest {
  const entries = Array.from({length: files}, (_, at) => ({
    path: `part-${String(at).padStart(6, '0')}`,
    size,
    executable: false,
    digest: digestOfBytes(`${seed} ${at}`),
  }));
  return {tree: 1, entries};
}

function newPacks(before: Packing, after: Packing): number {
  const known = new Set(before.packs.map(({digest}) => digest));
  return after.packs.filter(({digest}) => !known.has(digest)).length;
}

/** Packs that only a limit ended: a change before them may move their ends up to the next one that a file ended. */
function forced({packs}: Packing): number {
  return packs.filter(
    ({members, size}) => members.length === PACKS.members || size > PACKS.bytes - PACKS.fileBytes,
  ).length;
}

/** Small trees of all sizes, with files twice, and some that reach the limits. */
function manifests(): fc.Arbitrary<TreeManifest> {
  const size = fc.oneof(
    fc.nat({max: 10}),
    fc.nat({max: 2 * PACKS.fileBytes}),
    fc.constantFrom(0, PACKS.fileBytes, PACKS.fileBytes + 1),
  );
  const file = fc.record({size, content: fc.nat({max: 300})});
  return fc.array(file, {maxLength: 400, size: 'max'}).map((files) =>
    manifestOf(
      files.map(({size: bytes, content}, at) => {
        const own = content < 20 ? content * 1000 : bytes;
        return {
          path: `f${at}`,
          size: own,
          executable: false,
          digest: digestOfBytes(`${content} ${own}`),
        };
      }),
    ),
  );
}
