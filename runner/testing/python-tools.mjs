// Environments of Python that the gate works with, made once and found again: for `npm test`, `format`, `lint`, `types`.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

/** The interpreter of the stages' own environment, built if it is not there. */
export function stagePython(lock) {
  return must('node', ['dist/repro.mjs', 'environment', lock]).trim();
}

/** What tests need beside the stages' own environment, which must stay exactly what its lock says. */
export function testPackages(interpreter, lock) {
  const name = createHash('sha256').update(readFileSync(lock)).update(interpreter).digest('hex').slice(0, 16);
  const directory = join(cacheHome(), 'repro', `test-packages-${name}`);
  if (existsSync(directory)) return directory;
  const growing = `${directory}.${process.pid}`;
  const install = [
    '-m',
    'pip',
    'install',
    '-q',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
  ];
  must(interpreter, [...install, '--target', growing, '-r', lock]);
  renameSync(growing, directory);
  return directory;
}

/** The programs of a lock, in an environment of their own; `complete` stands beside them where all are there. */
export function programsOf(lock) {
  const name = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 16);
  const directory = join(cacheHome(), 'repro', `test-tools-${name}`);
  if (existsSync(join(directory, 'complete'))) return join(directory, 'bin');
  say(`installing ${lock} (once)`);
  rmSync(directory, {recursive: true, force: true});
  const install = [
    '-q',
    '--disable-pip-version-check',
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
  ];
  const made =
    run('python3', ['-m', 'venv', directory]) === 0 &&
    run(join(directory, 'bin/python'), ['-m', 'pip', 'install', ...install, '-r', lock]) === 0;
  if (made) writeFileSync(join(directory, 'complete'), '');
  else say(`NOT INSTALLED: ${lock}`);
  return join(directory, 'bin');
}

function cacheHome() {
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** Its exit status; it prints where we do. */
export function run(program, argv, variables = {}) {
  const {NODE_EXTRA_CA_CERTS: _, ...inherited} = process.env;
  return spawnSync(program, argv, {stdio: 'inherit', env: {...inherited, ...variables}}).status;
}

export function must(program, argv) {
  const {status, stdout, error} = spawnSync(program, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status === 0) return stdout;
  say(`${program} ${argv.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  say('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

export function say(text) {
  process.stdout.write(`${text}\n`);
}
