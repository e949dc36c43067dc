import {execaSync} from 'execa';
import {describe, expect, it} from 'vitest';
import {byCodeUnit} from '../../schemas/canonical-json.ts';
import {MANY_PARAMETERS, TALL_FUNCTIONS} from './large-functions.ts';
import {isTest, sourceFiles} from './source-files.ts';

const LIMITS = {
  'lint/complexity/noExcessiveLinesPerFunction': {rule: 'at most 40 lines', known: TALL_FUNCTIONS},
  'lint/complexity/useMaxParams': {rule: 'at most 4 parameters', known: MANY_PARAMETERS},
} as const;

interface Found {
  readonly category: string;
  readonly location: {readonly path: string};
}

describe('a function of the product', () => {
  const product = new Set(
    sourceFiles()
      .filter(({path}) => !isTest(path))
      .map(({path}) => path),
  );
  const found = sizesFound();

  it('was measured', () => {
    expect(product.size).toBeGreaterThan(500);
    expect(found.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(LIMITS))('keeps to %s, but for a list that only shrinks', (category, {known}) => {
    const counts: Record<string, number> = {};
    for (const {category: rule, location} of found)
      if (rule === category && product.has(location.path))
        counts[location.path] = (counts[location.path] ?? 0) + 1;
    expect(inOrder(counts)).toEqual(inOrder(known));
  });
});

/** What the linter says with the two rules that it can't hold itself: it knows no list that may only shrink. */
function sizesFound(): readonly Found[] {
  const {stdout} = execaSync(
    'node',
    [
      'node_modules/@biomejs/biome/bin/biome',
      'lint',
      '--config-path=runner/testing/function-size.biome.json',
      '--reporter=json',
      '--max-diagnostics=none',
      '.',
    ],
    {reject: false},
  );
  return JSON.parse(stdout).diagnostics;
}

function inOrder(counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts).sort(([a], [b]) => byCodeUnit(a, b));
}
