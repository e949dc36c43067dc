import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Interpreter} from './interpreter.ts';

export type Command = readonly [string, ...string[]];

const HASHED = ['--no-deps', '--require-hashes'];

/** The commands that turn a lock into an environment, in order. `stages/_environments/README.md` says why each. */
export function installCommands(
  {installer, lock}: {readonly installer: 'pip' | 'uv'; readonly lock: string},
  interpreter: Interpreter,
  home: string,
): readonly Command[] {
  const python = join(home, 'bin', 'python');
  const warm = join(dirname(lock), 'warm.py');
  return [
    ...(installer === 'pip'
      ? pipCommands(lock, interpreter, python, home)
      : uvCommands(lock, interpreter, python, home)),
    // Byte-compiles what stages import: they can't, since their environment is read-only.
    ...(existsSync(warm) ? [[python, warm] as const] : []),
  ];
}

function pipCommands(
  lock: string,
  interpreter: Interpreter,
  python: string,
  home: string,
): readonly Command[] {
  const install = [
    python,
    '-m',
    'pip',
    'install',
    '--no-input',
    '--disable-pip-version-check',
    '--no-compile',
  ] as const;
  const tools = buildTools(lock, home);
  return [
    [interpreter.executable, '-m', 'venv', home],
    ...(tools === undefined ? [] : [[...install, ...HASHED, '--only-binary=:all:', '-r', tools] as const]),
    [...install, ...HASHED, '--no-build-isolation', '-r', lock],
  ];
}

function uvCommands(
  lock: string,
  interpreter: Interpreter,
  python: string,
  home: string,
): readonly Command[] {
  const install = ['uv', 'pip', 'install', '--python', python] as const;
  const tools = buildTools(lock, home);
  return [
    ['uv', 'venv', '--python', interpreter.executable, home],
    ...(tools === undefined ? [] : [[...install, ...HASHED, '-r', tools] as const]),
    [...install, ...HASHED, '--no-build-isolation', '-r', lock],
  ];
}

const TOOLS_ABOVE = '# repro: build tools above';

/**
 * Some packages exist as source only, and an installer would build them with tools fetched without a hash.
 * A lock may name those tools first, above a marker line: they are installed before the rest.
 */
function buildTools(lock: string, home: string): string | undefined {
  const text = readFileSync(lock, 'utf8');
  const end = text.indexOf(TOOLS_ABOVE);
  if (end < 0) return undefined;
  const file = `${home}.tools.txt`;
  writeFileSync(file, text.slice(0, end));
  return file;
}
