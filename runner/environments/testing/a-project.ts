import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeAll} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {findSandbox} from '../../sandbox/find-sandbox.ts';
import {noSandbox} from '../../sandbox/no-sandbox.ts';
import type {Sandbox} from '../../sandbox/sandbox.ts';
import {findInterpreter} from '../interpreter.ts';
import {type PythonEnvironmentOptions, pythonEnvironment} from '../python-environment.ts';

/** Building takes seconds, and minutes where many do. */
export const PATIENCE = 240_000;

let path = '';
export let python = '';
let sandbox: Sandbox = noSandbox;

/** Before all tests of a file that builds. */
export const findTools = () =>
  beforeAll(async () => {
    const found = await findInterpreter(process.env.PATH ?? '');
    if (found === undefined) throw new Error('needs Python 3.11 or 3.12');
    python = found.executable;
    path = `${dirname(python)}:${process.env.PATH}`;
    const choice = await findSandbox('bubblewrap', path);
    if (!choice.found) throw new Error(`COULD NOT RUN: ${choice.why}`);
    sandbox = choice.sandbox;
  });

export interface Project {
  readonly folder: string;
  readonly options: PythonEnvironmentOptions;
  readonly warnings: string[];
  lock(text: string): void;
  /** A package among those that pip finds; its SHA-256. */
  package(kind: 'wheel' | 'source', name: string, files: Readonly<Record<string, string>>): string;
  build(more?: Partial<PythonEnvironmentOptions>): ReturnType<typeof pythonEnvironment>;
  /** Of the only environment that was built, '' if there is none. */
  home(): string;
}

export function aProject(variables: Readonly<Record<string, string>> = {}): Project {
  const folder = temporaryDirectory();
  const packages = join(folder, 'packages');
  mkdirSync(packages);
  const warnings: string[] = [];
  const options: PythonEnvironmentOptions = {
    lock: join(folder, 'lock.txt'),
    origin: 'own',
    directory: join(folder, 'environments'),
    path,
    owner: 'boot.1.2',
    variables: {PATH: path, HOME: folder, PIP_NO_INDEX: '1', PIP_FIND_LINKS: packages, ...variables},
    sandbox,
    programs: join(import.meta.dirname, '..'),
    onBuild: () => undefined,
    onWarning: (message) => void warnings.push(message),
  };
  return {
    folder,
    options,
    warnings,
    lock: (text) => writeFileSync(options.lock, text),
    package: (kind, name, files) =>
      execFileSync(python, [join(import.meta.dirname, 'make_package.py'), packages, kind, name], {
        input: JSON.stringify(files),
        encoding: 'utf8',
      }).trim(),
    build: (more = {}) => pythonEnvironment({...options, ...more}),
    home: () => {
      const name = readdirSync(options.directory).find((each) => /^v3-[0-9a-f]{64}-cp[\d.]+$/.test(each));
      return name === undefined ? '' : join(options.directory, name);
    },
  };
}

export function modules(home: string): string {
  const library = readdirSync(join(home, 'lib')).find((name) => name.startsWith('python')) ?? '';
  return join(home, 'lib', library, 'site-packages');
}

export const pinned = (name: string, hash: string) => `${name}==1.0 --hash=sha256:${hash}\n`;
