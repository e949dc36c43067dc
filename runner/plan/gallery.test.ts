import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {diagnosticText} from '../report/diagnostic-text.ts';
import {loadPlan} from './load-plan.ts';

/**
 * Broken pipelines and all that is printed about each. A mistake worth a better message starts here:
 * add the file, run with `-u`, read what it says as somebody who does not know the code.
 */
const directory = join(import.meta.dirname, '../load/gallery');
/** Shown paths are relative to it. */
const shown = join(import.meta.dirname, '..');
const stagesDirectory = join(import.meta.dirname, 'fixtures/stages');
const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));

test('the gallery holds at least 30 broken pipelines', () => {
  expect(names.length).toBeGreaterThanOrEqual(30);
});

test.for(names)('%s', async (name) => {
  const file = join(directory, name);
  const loaded = loadPlan({file, stagesDirectory, ...flagsIn(file)});
  expect(loaded.ok).toBe(false);
  const text = loaded.ok ? '' : diagnosticText(loaded.error, {directory: shown});
  await expect(text).toMatchFileSnapshot(file.replace(/yaml$/, 'txt'));
});

test('every printed text belongs to a pipeline', () => {
  const texts = readdirSync(directory).filter((name) => name.endsWith('.txt'));
  expect(texts.filter((name) => !existsSync(join(directory, name.replace(/txt$/, 'yaml'))))).toEqual([]);
});

/** A first line such as `# options: --profile paper -p rate=1` stands for the command line. */
function flagsIn(file: string): {readonly profile?: string; readonly overrides: readonly string[]} {
  const [, flags = ''] = /^# options: (.*)/.exec(readFileSync(file, 'latin1')) ?? [];
  const overrides = [...flags.matchAll(/-p (\S+)/g)].map(([, override = '']) => override);
  const profile = /--profile (\S+)/.exec(flags)?.[1];
  return profile === undefined ? {overrides} : {profile, overrides};
}
