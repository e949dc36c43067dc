// The Python half of `npm run format`, `lint` and `types`; settings are in pyproject.toml. `--write` formats.
import {must, programsOf, run, say, stagePython, testPackages} from './python-tools.mjs';

const [what, ...flags] = process.argv.slice(2);
const RUFF = {format: flags.includes('--write') ? ['format'] : ['format', '--diff'], lint: ['check']};
process.exitCode = what === 'types' ? types() : ruff(RUFF[what]);

function ruff(argv) {
  if (argv === undefined) return usage();
  return run(`${programsOf('runner/testing/ruff.lock.txt')}/ruff`, [...argv, '--quiet', '.']) ?? 1;
}

/** Against the packages that stages and their tests really import. */
function types() {
  must('./install', []);
  const interpreter = stagePython('stages/_environments/cpu.lock.txt');
  const PYTHONPATH = testPackages(interpreter, 'stages/_environments/test.lock.txt');
  return run('node', ['node_modules/pyright/index.js', '--pythonpath', interpreter], {PYTHONPATH}) ?? 1;
}

function usage() {
  say('usage: check-python.mjs format [--write] | lint | types');
  return 2;
}
