import {describe, expect, it} from 'vitest';
import fc from '../../artifacts/testing/properties.ts';
import {chooseFiles, matches} from './file-choice.ts';

describe('a pattern of files', () => {
  it('means what it says: `*` is any text, everything else itself', () => {
    const piece = fc.constantFrom('a', 'b', '/', '.', 'ab', '*', '(', '\\');
    const text = fc.array(piece, {maxLength: 8}).map((pieces) => pieces.join(''));
    let matched = 0;
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        const regular = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
        const expected = new RegExp(`^${regular.join('[^]*')}$`).test(path);
        expect(matches(pattern, path)).toBe(expected);
        if (expected) matched++;
      }),
      {numRuns: 2000},
    );
    expect(matched).toBeGreaterThan(50);
  });

  it('that would make a backtracking matcher think for ever is answered at once', () => {
    expect(matches('*a'.repeat(2000), 'a'.repeat(100_000).concat('b'))).toBe(false);
  });

  it('chooses files in their order, and names the patterns that chose none', () => {
    const files = ['b.json', 'a.json', 'x/c.json', 'w.bin'].map((path) => ({path}));
    expect(chooseFiles(files, undefined).chosen).toBe(files);
    const {chosen, unmatched} = chooseFiles(files, ['*.json', 'w.txt', 'a.json']);
    expect([chosen.map(({path}) => path), unmatched]).toEqual([['b.json', 'a.json', 'x/c.json'], ['w.txt']]);
  });
});
