import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {isTest, ROOT, sourceFiles, target} from '../source-files.ts';
import {type Asked, judge, type List, type Report} from './judge.mjs';

const HERE = import.meta.dirname;
const LIST = JSON.parse(readFileSync(join(HERE, 'list.json'), 'utf8')) as List;
const CASE = 'skips.case.ts';

/** A suite that needs a program that is nowhere, and one that is everywhere. */
const NEEDING_ONE: List = {
  programs: {server: ['no-such-server'], shell: ['sh']},
  suites: {[CASE]: ['server', 'shell']},
};

describe('a listed suite of which two tests skip', () => {
  let results: Report;

  // The real runner on a real suite, so that its report is what `npm test` reads.
  beforeAll(() => {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const argv = [vitest, 'run', '--config', join(HERE, 'case.config.ts'), '--reporter=json'];
    const said = execFileSync(process.execPath, argv, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    results = JSON.parse(said) as Report;
  });

  const judged = (asked: Partial<Asked>) =>
    judge({results, mode: 'all', absent: [], root: HERE, list: NEEDING_ONE, ...asked});

  it('is wrong, test by test, where what it needs could be installed', () => {
    expect(judged({})).toEqual({
      wrong: [
        `may not skip here: ${CASE}: is skipped by its context`,
        `may not skip here: ${CASE}: is skipped before it begins`,
      ],
      told: [],
    });
  });

  it('is told and counted, and not wrong, where it could not and the program is not there', () => {
    const told = [`NOT TESTED for want of server: 2 in ${CASE}`];
    expect(judged({mode: 'present'})).toEqual({wrong: [], told});
    expect(judged({absent: ['server']})).toEqual({wrong: [], told});
  });

  it('is wrong where the program is there all the same', () => {
    const list = {...NEEDING_ONE, suites: {[CASE]: ['shell']}};
    expect(judged({mode: 'present', list}).wrong).toHaveLength(2);
  });

  it('is wrong when it does not run at all, as when it is renamed', () => {
    const list = {...NEEDING_ONE, suites: {'renamed.test.ts': ['server']}};
    const wrong = ['may not skip, and did not run at all: renamed.test.ts'];
    expect(judged({list})).toEqual({wrong, told: []});
    expect(judged({list, mode: 'present'})).toEqual({wrong, told: []});
  });

  it('is not let off by a mode that nobody knows', () => {
    expect(judged({mode: 'yes'}).wrong).toEqual(['REPRO_NO_SKIP is yes: expected all or present']);
  });
});

describe('the list', () => {
  it('names suites that are there, and needs that it knows', () => {
    expect(Object.keys(LIST.suites).filter((suite) => !existsSync(join(ROOT, suite)))).toEqual([]);
    const needs = Object.values(LIST.suites).flat();
    expect(needs.filter((need) => !(need in LIST.programs))).toEqual([]);
  });

  it('names each suite that can skip, or says why it may', () => {
    const unnamed = suitesThatCanSkip().filter((path) => !(path in LIST.suites) && !(path in MAY_SKIP));
    expect(unnamed).toEqual([]);
  });

  it('and nothing in vain', () => {
    const named = [...Object.keys(LIST.suites), ...Object.keys(MAY_SKIP)];
    const canSkip = new Set(suitesThatCanSkip());
    expect(named.filter((path) => !canSkip.has(path))).toEqual([]);
    expect(named).toHaveLength(new Set(named).size);
  });
});

const ALWAYS = 'it is of the contract that all buckets pass, and this one is always there';
const ROOT_OR_NOT = 'what it needs depends on who runs it: root may read all, and others may not mount';

/** What `.ci/run` can't bring about by installing a package, or what takes too long for every run. */
const MAY_SKIP: Readonly<Record<string, string>> = {
  'artifacts/bucket/read-only-bucket.test.ts': ALWAYS,
  'artifacts/bucket/retrying-bucket.test.ts': ALWAYS,
  'artifacts/disk/disk-store.test.ts': 'a second file system, at /dev/shm',
  'artifacts/disk/faults.test.ts': 'strace, which not every kernel lets trace, and a tmpfs to mount',
  'artifacts/files/remove-tree.test.ts': ROOT_OR_NOT,
  'artifacts/folder/folder-bucket.test.ts': ALWAYS,
  'artifacts/memory/memory-bucket.test.ts': ALWAYS,
  'artifacts/s3/s3-answers.test.ts': ALWAYS,
  'artifacts/s3/s3-bucket.test.ts': ALWAYS,
  'artifacts/trees/ingest.test.ts': ROOT_OR_NOT,
  'artifacts/web/web-bucket.test.ts': ALWAYS,
  'runner/bisect/planted-faults.e2e.test.ts':
    'seven of its faults take minutes: bench/planted-faults.mjs plants them',
  'runner/executors/local/control-groups.test.ts': ROOT_OR_NOT,
  'runner/executors/local/limits.test.ts': 'control groups that are ours, of which a container may have none',
  'runner/executors/local/surroundings.test.ts': ROOT_OR_NOT,
  'runner/identity/keys.e2e.test.ts': 'faketime, for the one test that its neighbour makes again in Node',
  'runner/replay/segments/real-training.e2e.test.ts': 'one of its segments takes a minute',
  'runner/run/parallelism.e2e.test.ts': 'a machine of more than one CPU',
};

const SKIPS = /\bskip(?:If)?\(/;

/** Those that say so, and those that a helper of the tests skips for them. */
function suitesThatCanSkip(): readonly string[] {
  const files = sourceFiles();
  const skipping = new Set(
    files.filter(({path, text}) => isTest(path) && SKIPS.test(text)).map(({path}) => path),
  );
  return files
    .filter((file) => file.path.endsWith('.test.ts') && file.path !== THIS)
    .filter(
      (file) =>
        skipping.has(file.path) || file.imports.some((from) => skipping.has(target(file, from) ?? '')),
    )
    .map(({path}) => path);
}

const THIS = 'runner/testing/may-not-skip/judge.test.ts';
