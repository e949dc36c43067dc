import {createHash} from 'node:crypto';
import {cpSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readSmallFile, readSmallText} from '../../artifacts/files/small-file.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {Sandbox} from '../sandbox/sandbox.ts';
import type {Argv, Builder, StepFailure} from './builder.ts';
import type {Interpreter} from './interpreter.ts';
import {type Lock, normalised, type Requirement} from './lock.ts';

/** The folders of an environment that grows. */
export interface Site {
  /** Only this one's builder knows it. */
  readonly root: string;
  /** What becomes the environment. */
  readonly home: string;
  readonly fetched: string;
  readonly built: string;
}

export interface FetchedFile {
  readonly name: string;
  readonly file: string;
  readonly kind: 'wheel' | 'source';
  readonly sha256: string;
}

type Step<T = undefined> = Promise<Result<T, StepFailure>>;

export function siteAt(root: string): Site {
  const site = {
    root,
    home: join(root, 'environment'),
    fetched: join(root, 'fetched'),
    built: join(root, 'built'),
  };
  for (const folder of [site.fetched, site.built, join(root, 'tmp')]) mkdirSync(folder, {recursive: true});
  return site;
}

/** As venv would, but for byte code: all of it is compiled later, in one way. */
const ENSURE_PIP = `
import ensurepip
run = ensurepip._run_pip
ensurepip._run_pip = lambda words, *more: run([*words[:1], "--no-compile", *words[1:]], *more)
ensurepip.bootstrap(upgrade=True, default_pip=True)
`;

/** An empty environment, and a pip of its own beside it that nothing which is installed can replace. */
export async function makeEmpty(
  site: Site,
  interpreter: Interpreter,
  builder: Builder,
  sandbox: Sandbox,
): Step {
  const {executable} = interpreter;
  const made = await builder.trusted([executable, '-I', '-m', 'venv', '--without-pip', site.home]);
  if (!made.ok) return made;
  // Confined only for the constant path, which gets into what pip writes down of itself.
  const python = `${sandbox.workingDirectory(site.root)}/environment/bin/python`;
  const folders = {scratch: site.root, readOnly: [], environmentHome: undefined};
  const seeded = await builder.confined([python, '-I', '-c', ENSURE_PIP], folders);
  if (!seeded.ok) return seeded;
  cpSync(join(sitePackages(site.home), 'pip'), join(site.root, 'pip', 'pip'), {recursive: true});
  return made;
}

function sitePackages(home: string): string {
  const library = readdirSync(join(home, 'lib')).find((name) => name.startsWith('python')) ?? '';
  return join(home, 'lib', library, 'site-packages');
}

export interface FetchWishes {
  readonly lock: Lock;
  /** Only of a user's own lock. */
  readonly options: readonly string[];
  /** fetch_packages.py */
  readonly fetcher: string;
}

/** What the lock pins, byte for byte. The only step with a network; nothing of what comes is run. */
export async function fetchPackages(
  site: Site,
  {lock, options, fetcher}: FetchWishes,
  builder: Builder,
): Step<readonly FetchedFile[]> {
  if (lock.requirements.length === 0) return ok([]);
  const wanted = JSON.stringify({options, requirements: lock.requirements.map(wantedOf)});
  const done = await builder.trusted([join(site.home, 'bin/python'), '-I', fetcher, site.fetched], wanted);
  if (!done.ok) return done;
  return ok(JSON.parse(readSmallText(join(site.fetched, 'fetched.json')) ?? '[]') as readonly FetchedFile[]);
}

function wantedOf({name, from, marker, hashes}: Requirement) {
  const what = from.by === 'url' ? {url: from.url} : {specifier: `${from.equals}${from.version}`};
  return {name, hashes, ...what, ...(marker !== undefined && {marker})};
}

/** Starts the pip beside the environment: first on the path comes what the first argument says. */
const RUN_PIP =
  'import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("pip", run_name="__main__")';
const QUIET = ['--isolated', '--no-input', '--disable-pip-version-check', '--no-cache-dir'];
const OFFLINE = ['--no-index', '--no-deps'];

/** Unpacks a source package and builds its wheel: its own code runs, and sees the tools and itself. */
const BUILD_WHEEL = `
import shutil, os, runpy, sys
pip, archive = sys.argv[1:3]
shutil.unpack_archive(archive, "unpacked", filter="data")
(inside,) = os.listdir("unpacked")
sys.path.insert(0, pip)
sys.argv = ["pip", "wheel", "--wheel-dir", "out", *sys.argv[3:], os.path.abspath(os.path.join("unpacked", inside))]
runpy.run_module("pip", run_name="__main__")
`;

/** One wheel for each source package, in a folder of its own: it can't reach the environment but through its wheel. */
export async function buildWheel(
  source: FetchedFile,
  site: Site,
  builder: Builder,
  sandbox: Sandbox,
): Step<FetchedFile> {
  const scratch = join(site.root, 'build');
  for (const folder of ['tmp', 'out', 'source', 'pip']) mkdirSync(join(scratch, folder), {recursive: true});
  const readOnly = [
    [join(site.fetched, source.file), `source/${source.file}`],
    [join(site.root, 'pip'), 'pip'],
  ] as const;
  const confined = sandbox.name === 'bubblewrap';
  writeFileSync(join(scratch, 'source', source.file), '');
  const [pip, archive] = confined
    ? ['/repro/pip', `source/${source.file}`]
    : [join(site.root, 'pip'), join(site.fetched, source.file)];
  const argv: Argv = [
    `${sandbox.environmentDirectory(site.home)}/bin/python`,
    ...['-I', '-c', BUILD_WHEEL, pip, archive],
    ...[...QUIET, ...OFFLINE, '--no-build-isolation', '--use-pep517'],
  ];
  const done = await builder.confined(argv, {scratch, readOnly, environmentHome: site.home});
  if (!done.ok) return err(`${source.file} could not be built:\n${done.error}`);
  const wheel = onlyWheel(join(scratch, 'out'), source);
  if (wheel.ok) renameSync(join(scratch, 'out', wheel.value.file), join(site.built, wheel.value.file));
  renameSync(scratch, join(site.root, `build-${source.name}`));
  return wheel;
}

/** Bytes; what is built from source here is small beside what comes as a wheel. */
const MOST_WHEEL = 2 ** 30;

const WHEEL = /^([A-Za-z0-9._]+)-[A-Za-z0-9._!+]+(-[A-Za-z0-9._]+){3,4}\.whl$/;

/** What came out is somebody else's, too: a link or another package's name goes no further. */
function onlyWheel(folder: string, source: FetchedFile): Result<FetchedFile, StepFailure> {
  if (!lstatSync(folder).isDirectory())
    return err(`${source.file} put something else in place of its folder`);
  const [file = '', ...others] = readdirSync(folder);
  const name = WHEEL.exec(file)?.[1];
  if (others.length > 0 || name === undefined || normalised(name) !== source.name)
    return err(
      `${source.file} was to become one wheel of ${source.name}, and became ${JSON.stringify([file, ...others])}`,
    );
  const path = join(folder, file);
  const wheel = readSmallFile(path, {limit: MOST_WHEEL});
  if (!wheel.ok) return err(`${source.file} became something that is no wheel: ${wheel.error.why}`);
  const sha256 = createHash('sha256').update(wheel.value).digest('hex');
  return ok({name: source.name, file, kind: 'wheel', sha256});
}

/** Unpacks wheels into the environment. Nothing in them is run; confined all the same. */
export function installWheels(
  wheels: readonly FetchedFile[],
  site: Site,
  builder: Builder,
  sandbox: Sandbox,
): Step {
  if (wheels.length === 0) return Promise.resolve(ok(undefined));
  const inside = sandbox.workingDirectory(site.root);
  const lines = wheels.map(
    ({name, file, sha256}) =>
      `${name}==${file.split('-')[1]?.replaceAll('_', '-')} --hash=sha256:${sha256}\n`,
  );
  writeFileSync(join(site.root, 'wheels.txt'), lines.join(''));
  return builder.confined(
    [
      ...([`${inside}/environment/bin/python`, '-I', '-c', RUN_PIP, `${inside}/pip`, 'install'] as const),
      ...[...QUIET, ...OFFLINE, '--no-compile', '--only-binary=:all:', '--require-hashes'],
      ...[
        '--find-links',
        `${inside}/fetched`,
        '--find-links',
        `${inside}/built`,
        '-r',
        `${inside}/wheels.txt`,
      ],
    ],
    {scratch: site.root, readOnly: givenIn(site), environmentHome: undefined},
  );
}

function givenIn({root}: Site): readonly (readonly [string, string])[] {
  return ['fetched', 'built', 'pip', 'wheels.txt'].map((name) => [join(root, name), name] as const);
}

/**
 * Byte-compiles everything, for stages can't: their environment is read-only. A compiler reads and runs nothing. What
 * comes out depends on the source alone: neither on its time nor on where it lay.
 */
const COMPILE = `
import compileall, pathlib, py_compile, shutil, sys, warnings
warnings.simplefilter("ignore")
inside, packages = sys.argv[1:3]
for old in list(pathlib.Path(packages).rglob("__pycache__")):
    shutil.rmtree(old)
compileall.compile_dir(packages, maxlevels=100, quiet=2, force=True, workers=0, stripdir=inside,
                       prependdir="/environment", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`;

export function compileAll(site: Site, {executable}: Interpreter, builder: Builder, sandbox: Sandbox): Step {
  const inside = sandbox.workingDirectory(site.root);
  const packages = sitePackages(site.home).slice(site.root.length);
  return builder.confined(
    [executable, '-P', '-s', '-S', '-c', COMPILE, `${inside}/environment`, `${inside}${packages}`],
    {
      scratch: site.root,
      readOnly: givenIn(site).filter(([, name]) => name !== 'wheels.txt'),
      environmentHome: undefined,
    },
  );
}
