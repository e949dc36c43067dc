import {describe, expect, it} from 'vitest';
import {isTest, sourceFiles} from './source-files.ts';

/** What makes a test decide otherwise from one run to the next, and the door that is used in its place. */
const LUCK: Readonly<Record<string, RegExp>> = {
  'drawn-bytes.ts in place of random bytes': /\brandom(Bytes|Fill|FillSync|Int|UUID)\(/,
  'seeded-random.ts in place of Math.random': /Math\.random\(/,
  'drawn-key.ts in place of a new key': /generateKeyPair/,
  'properties.ts in place of fast-check': /from 'fast-check'/,
  'seed.ts in place of a clock': /(Date\.now\(\)|performance\.now\(\)[^;]*) *%/,
  'a limit of the runner in place of a timed test': /performance\.now\(\)[^;]*\)\.(toBeLess|toBeGreater)/,
};

/** Names that no two test processes may share decide nothing. */
const ALLOWED = new Set([
  'artifacts/testing/properties.ts: properties.ts in place of fast-check',
  'artifacts/testing/s3-servers.ts: drawn-bytes.ts in place of random bytes',
]);

describe('no test', () => {
  it('depends on luck or on the speed of the machine', () => {
    expect(found().filter((line) => !ALLOWED.has(line))).toEqual([]);
  });

  it('(the law sees each kind of luck, and what is allowed is there)', () => {
    const lucky = ['randomBytes(3)', 'Math.random()', 'generateKeyPairSync(', "from 'fast-check'"];
    const timed = ['Date.now() % 5', 'expect(performance.now() - asked).toBeLessThan(5)'];
    expect([...lucky, ...timed].map((text) => kinds(text).length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(found().filter((line) => ALLOWED.has(line))).toEqual([...ALLOWED]);
  });
});

function found(): readonly string[] {
  const tests = sourceFiles().filter(({path}) => isTest(path) && !path.endsWith('no-luck.test.ts'));
  return tests.flatMap(({path, text}) => kinds(text).map((kind) => `${path}: ${kind}`));
}

function kinds(text: string): readonly string[] {
  return Object.keys(LUCK).filter((kind) => LUCK[kind]?.test(text));
}
