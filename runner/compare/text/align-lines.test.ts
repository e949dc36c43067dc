import {expect, it} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {alignLines, type Edit} from './align-lines.ts';
import {compareTextLines} from './compare-text.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c'), {maxLength: 12});

/** What an edit makes of `a`, given the lines of `b` that it adds. */
function apply(
  edits: readonly Edit[],
  a: readonly string[],
  b: readonly string[],
): readonly (string | undefined)[] {
  return edits.flatMap(({what, index}) => (what === 'remove' ? [] : [what === 'add' ? b[index] : a[index]]));
}

/** The classical table: the length of the longest common subsequence. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({length: a.length + 1}, () => Array.from({length: b.length + 1}, () => 0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const row = table[i] ?? [];
      row[j] =
        a[i - 1] === b[j - 1]
          ? (table[i - 1]?.[j - 1] ?? 0) + 1
          : Math.max(table[i - 1]?.[j] ?? 0, row[j - 1] ?? 0);
    }
  }
  return table[a.length]?.[b.length] ?? 0;
}

it('an edit leads from one to the other, and there is no shorter one', () => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      const edits = alignLines(a, b, 100) ?? [];
      const start = a.findIndex((line, index) => line !== b[index]);
      const common = start < 0 ? Math.min(a.length, b.length) : start;
      const middle = apply(edits, a, b);
      const after = b.slice(common, common + middle.length);
      expect(middle).toEqual(after);
      expect(b.slice(common + middle.length)).toEqual(
        a.slice(a.length - (b.length - common - middle.length)),
      );
      const changes = edits.filter(({what}) => what !== 'keep').length;
      expect(changes).toBe(a.length + b.length - 2 * longestCommon(a, b));
    }),
    {numRuns: 500},
  );
});

it('a longer edit than asked for is none', () => {
  expect(alignLines(['a', 'b'], ['c', 'd'], 3)).toBeUndefined();
  expect(alignLines(['a', 'b'], ['c', 'd'], 4)).toHaveLength(4);
});

it('hunks say where they are in both', () => {
  const found = compareTextLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e']);
  expect(found).toEqual({
    kind: 'text',
    lines: [4, 5],
    firstLine: 2,
    changes: {
      removed: 1,
      added: 2,
      hunks: [
        {at: [2, 2], removed: ['b'], added: ['x']},
        {at: [5, 5], removed: [], added: ['e']},
      ],
    },
  });
});
