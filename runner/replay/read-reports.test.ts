import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {ReplayReport} from '../../schemas/verdict.ts';
import {newRunDirectory} from '../run/run-directory.ts';
import {readReports} from './read-reports.ts';

const SOUND: ReplayReport = {
  replay: 1,
  run: `sha256:${'b'.repeat(64)}` as ReplayReport['run'],
  pipeline: 'tiny',
  chained: false,
  startedAt: '2026-01-02T03:04:05Z',
  seconds: 1,
  reproVersion: '0.2.0',
  sandbox: 'none',
  facts: {},
  stages: [],
};

/** A project whose replays left these texts, one after another. */
function projectWith(texts: readonly (string | undefined)[]): string {
  const project = temporaryDirectory();
  // The clock goes backwards: the order is that in which they began.
  for (const [at, text] of texts.entries()) {
    const directory = newRunDirectory(project, new Date(Date.UTC(2026, 0, 9 - at)), 'replays');
    if (text !== undefined) writeFileSync(directory.report, text);
  }
  return project;
}

test('the newest comes first, one without a report not at all, and one that lies is told from one that does not', () => {
  const project = projectWith([
    canonicalJson(SOUND),
    canonicalJson({...SOUND, stages: [{stage: 'a', verdict: 'different'}]}),
    undefined,
    canonicalJson(SOUND).slice(0, 40),
  ]);
  const told = [...readReports(project)].map(({report}) => (report.ok ? 'sound' : report.error));
  expect(told).toEqual([
    'it is no JSON: cut off, or written by something else',
    'it is no report of a replay: $.stages[0].key is missing',
    'sound',
  ]);
});

test('a link in place of a report is not followed, and no replay is no trouble', () => {
  const project = temporaryDirectory();
  expect([...readReports(project)]).toEqual([]);
  const elsewhere = join(project, 'elsewhere.json');
  writeFileSync(elsewhere, canonicalJson(SOUND));
  mkdirSync(join(project, 'replays/x'), {recursive: true});
  symlinkSync(elsewhere, join(project, 'replays/x/report.json'));
  expect([...readReports(project)]).toEqual([]);
});
