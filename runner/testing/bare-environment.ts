import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {hexOf} from '../../schemas/digest.ts';
import {findInterpreter} from '../environments/interpreter.ts';
import {CLI, CliProcess} from './cli-process.ts';
import {pipelineText, shell} from './pipeline-text.ts';
import {ROOT} from './source-files.ts';

export interface Shared {
  /** Built environments, for every test project to link to. */
  readonly environments: string;
  /** Where `node` finds git and the rest, with a working Python first: a version manager's shim is slow. */
  readonly path: string;
}

let shared: Promise<Shared> | undefined;

/**
 * What all test projects share: the environment of an empty lock, built once by the real command line
 * and kept for as long as the code that builds it is the same. Two test workers may build it at the
 * same time: that is something repro must stand, and keeps one of them.
 */
export function sharedByTests(): Promise<Shared> {
  shared ??= prepare();
  return shared;
}

async function prepare(): Promise<Shared> {
  if (!existsSync(CLI)) {
    throw new Error(
      `${CLI} is missing: the tests drive the built command line. Run \`npm test\`, or \`node build.mjs\` first.`,
    );
  }
  const path = await pathWithPython();
  const room = join(ROOT, 'runner/environments');
  const builder = readdirSync(room).filter((name) => /\.(ts|py)$/.test(name) && !name.includes('.test.'));
  const code = builder.map((name) => readFileSync(join(room, name), 'utf8')).join('');
  const version = hexOf(digestOfBytes(code)).slice(0, 16);
  const environments = join(ROOT, 'node_modules/.cache/repro-tests', version, 'environments');
  mkdirSync(environments, {recursive: true});
  if (
    !readdirSync(environments).some((name) => existsSync(join(environments, name, 'repro-complete.json')))
  ) {
    await build(environments, path);
  }
  return {environments, path};
}

async function pathWithPython(): Promise<string> {
  const path = process.env.PATH ?? '';
  const python = await findInterpreter(path);
  if (python === undefined) throw new Error('the tests need Python 3.11 or 3.12 on the PATH');
  return `${dirname(python.executable)}:${path}`;
}

async function build(environments: string, path: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'repro-environment-'));
  try {
    mkdirSync(join(root, 'repro'));
    symlinkSync(environments, join(root, 'repro/environments'));
    writeFileSync(join(root, 'bare.lock.txt'), '');
    writeFileSync(join(root, 'p.yaml'), pipelineText({a: shell('printf x > outputs/out')}));
    const variables = {PATH: path, HOME: root, XDG_CACHE_HOME: root};
    const ended = await new CliProcess({argv: ['run', 'p.yaml'], directory: root, variables}).end();
    if (ended.code !== 0) throw new Error(`no environment for the tests:\n${ended.stdout}${ended.stderr}`);
  } finally {
    rmSync(root, {recursive: true, force: true});
  }
}
