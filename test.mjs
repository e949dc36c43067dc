// `npm test`: installs what is missing, runs the TypeScript and the Python tests, and adds up what happened.
// Works in a fresh clone with nothing but Node and Python.
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {judge} from './runner/testing/may-not-skip/judge.mjs';
import {must, programsOf, run, say, stagePython, testPackages} from './runner/testing/python-tools.mjs';

const reports = mkdtempSync(join(tmpdir(), 'repro-tests-'));
const only = process.argv.slice(2);

must('./install', []);
// Without these programs the tests that compare with them skip, loudly.
const tools = programsOf('runner/testing/tools.lock.txt');
// Before all tests: some of the TypeScript ones read what the stages' Python writes, and skip where there is none.
const interpreter = only.length === 0 ? stagePython('stages/_environments/cpu.lock.txt') : undefined;
const counts = [typescript(), ...(only.length === 0 ? [python()] : [])];
rmSync(reports, {recursive: true, force: true});

const listed = skippedOfTheList();
for (const line of [...listed.told, ...listed.wrong]) say(line);
const total = (of) => counts.reduce((sum, each) => sum + each[of], 0);
process.stdout.write(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped\n`);
const isWell = counts.every(({ok}) => ok) && listed.wrong.length === 0;
process.exitCode = isWell && total('failed') === 0 && total('passed') > 0 ? 0 : 1;

function typescript() {
  const report = join(reports, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const scope = only.length === 0 ? ['--coverage'] : only;
  const ran = run('node', ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...scope], {
    REPRO_TEST_TOOLS: tools,
  });
  if (!existsSync(report)) return {ok: false, passed: 0, failed: 0, skipped: 0};
  const results = JSON.parse(readFileSync(report, 'utf8'));
  const {numPassedTests, numFailedTests, numPendingTests, testResults} = results;
  for (const {assertionResults, name} of testResults) {
    for (const test of assertionResults)
      if (test.status !== 'passed' && test.status !== 'failed') say(`skipped: ${name}: ${test.fullName}`);
  }
  return {ok: ran === 0, passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests, results};
}

/** Where REPRO_NO_SKIP is set, as `.ci/run` does: a suite of the list that skips is no success. */
function skippedOfTheList() {
  const {REPRO_NO_SKIP: mode} = process.env;
  const [{results}] = counts;
  if (!mode || only.length > 0 || results === undefined) return {wrong: [], told: []};
  const absent = existsSync(join(tools, '../complete')) ? [] : ['tools'];
  return judge({results, mode, absent, root: import.meta.dirname});
}

function python() {
  const packages = testPackages(interpreter, 'stages/_environments/test.lock.txt');
  const report = join(reports, 'pytest.xml');
  const ran = run(
    interpreter,
    ['-m', 'pytest', 'stages', '-q', '-rs', '-p', 'no:cacheprovider', `--junitxml=${report}`],
    {
      PYTHONPATH: `${packages}:stages/_sdk`,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  );
  if (!existsSync(report)) return {ok: false, passed: 0, failed: 0, skipped: 0};
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const number = (name) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  return {ok: ran === 0, passed: number('tests') - failed - skipped, failed, skipped};
}
