import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {isTest, ROOT, sourceFiles} from './source-files.ts';

const KINDS = readdirSync(join(ROOT, 'stages')).filter((name) => /^[a-z]/.test(name) && !name.includes('.'));

/** A comparison with a kind's name, or a table by it: what a stage is for the runner, its contract says. */
const naming = new RegExp(
  String.raw`kind\s*[!=]==?\s*'(?:${KINDS.join('|')})'|case '(?:grpo|sft|drop-easy|temperature-search)'`,
);

it('no file of the product asks for a kind of stage by its name', () => {
  expect(KINDS).toContain('grpo');
  // An artifact's kind may be called as a stage's kind is.
  const artifactKinds = new Set(['runner/replay/stage-roles.ts']);
  const asking = sourceFiles().filter(({path, text}) => !isTest(path) && naming.test(text));
  expect(asking.map(({path}) => path)).toEqual([...artifactKinds]);
});

it('would notice one that does', () => {
  expect(naming.test("return stage.kind === 'grpo';")).toBe(true);
  expect(naming.test("if (kind !== 'probe') return;")).toBe(true);
  expect(naming.test("kind === 'boundaries'")).toBe(false);
});
