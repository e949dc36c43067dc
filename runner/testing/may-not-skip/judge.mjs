// Which suites skipped that may not: `npm test` asks it where REPRO_NO_SKIP is set. README.md says what the list holds.
import {existsSync, readFileSync} from 'node:fs';
import {delimiter, join, relative, resolve} from 'node:path';

const LIST = JSON.parse(readFileSync(join(import.meta.dirname, 'list.json'), 'utf8'));

/** `all`: `.ci/run` installed what the tests need. `present`: it could not, and what is not there can't be asked for. */
const MODES = ['all', 'present'];

/**
 * What is wrong, and what is only to be told, each a line. `absent` is what the test run itself could not install;
 * `results` is vitest's JSON report.
 */
export function judge({results, mode, absent, root, list = LIST, path = process.env.PATH ?? ''}) {
  if (!MODES.includes(mode))
    return {wrong: [`REPRO_NO_SKIP is ${mode}: expected ${MODES.join(' or ')}`], told: []};
  const lacking = new Set([...absent, ...(mode === 'present' ? notOnPath(list, path) : [])]);
  const wrong = [];
  const told = [];
  for (const [suite, needs] of Object.entries(list.suites)) {
    const tests = testsOf(suite, results, root);
    const skipped = tests?.filter(({status}) => status !== 'passed' && status !== 'failed') ?? [];
    const missing = needs.filter((need) => lacking.has(need));
    if (tests === undefined || tests.length === 0)
      wrong.push(`may not skip, and did not run at all: ${suite}`);
    else if (missing.length === 0)
      wrong.push(...skipped.map((test) => `may not skip here: ${suite}: ${test.fullName}`));
    else if (skipped.length > 0)
      told.push(`NOT TESTED for want of ${missing.join(', ')}: ${skipped.length} in ${suite}`);
  }
  return {wrong, told};
}

function testsOf(suite, {testResults}, root) {
  return testResults.find(({name}) => relative(root, resolve(root, name)) === suite)?.assertionResults;
}

function notOnPath({programs}, path) {
  const places = path.split(delimiter);
  const isThere = (program) => places.some((place) => existsSync(join(place, program)));
  return Object.keys(programs).filter((need) => !programs[need].every(isThere));
}
