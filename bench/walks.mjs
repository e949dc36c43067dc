// How far a reader has to walk: the files, rooms and named functions that each command enters, on a project of two stages
// and a bucket in a folder. `node bench/walks.mjs [CHECKOUT...]` prints them side by side (default: this checkout).
// From V8's own coverage of a bundle that is not minified: what is counted is what was executed, not what is imported.
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {build} from 'esbuild';

const HERE = dirname(dirname(fileURLToPath(import.meta.url)));
/** Whose calls are counted: what should happen once in a command. */
const OPENINGS = ['findPublication', 'readPublication', 'openStore', 'loadPlan'];
const PIPELINE = `repro: 1
name: walked
license: MIT
authors: [{name: Ada}]
environments: {default: {python: {lock: bare.lock.txt}}}
stages:
  words: {uses: command, with: {argv: [sh, -c, "echo hello > outputs/out"]}, outputs: {out: {kind: text, type: blob}}}
  count: {uses: command, with: {argv: [sh, -c, "wc -c < inputs/out > outputs/out"]}, inputs: {out: "\${words.out}"}, outputs: {out: {kind: text, type: blob}}}
`;

const checkouts = process.argv.slice(2).map((path) => resolve(path));
const results = [];
for (const checkout of checkouts.length > 0 ? checkouts : [HERE]) results.push(await walksOf(checkout));
print(results);

async function walksOf(checkout) {
  const directory = mkdtempSync(join(tmpdir(), 'repro-walks-'));
  try {
    const bundle = await bundled(checkout, join(directory, 'repro'));
    return {checkout, walks: walk(bundle, directory)};
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
}

/** Beside copies of what a bundle looks for around itself. Each file of it begins with a line that names its source. */
async function bundled(checkout, installation) {
  mkdirSync(installation, {recursive: true});
  for (const name of ['stages', 'runner', 'schemas', 'package.json'])
    cpSync(join(checkout, name), join(installation, name), {recursive: true});
  const {version} = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  await build({
    entryPoints: {repro: join(checkout, 'reproduce.ts')},
    absWorkingDir: checkout,
    outdir: join(installation, 'dist'),
    outExtension: {'.js': '.mjs'},
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    target: 'node20.19',
    banner: {
      js: "import {createRequire as nodeRequire} from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
    define: {REPRO_VERSION: JSON.stringify(version), REPRO_FILES: '["dist/repro.mjs"]'},
    logLevel: 'error',
  });
  return join(installation, 'dist', 'repro.mjs');
}

function walk(bundle, directory) {
  const project = join(directory, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'p.yaml'), PIPELINE);
  writeFileSync(join(project, 'bare.lock.txt'), '');
  const home = join(directory, 'home');
  const go = (name, argv, codes = [0], cache = 'cache') => {
    const coverage = join(directory, `coverage-${name.replaceAll(' ', '-')}`);
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CACHE_HOME: join(directory, cache),
      NODE_V8_COVERAGE: coverage,
    };
    const ended = spawnSync('node', [bundle, ...argv], {cwd: project, env, encoding: 'utf8'});
    if (!codes.includes(ended.status))
      throw new Error(`repro ${argv.join(' ')}: ${ended.stdout}${ended.stderr}`);
    return {name, stdout: ended.stdout, ...entered(coverage, dirname(bundle))};
  };
  const walks = [go('run p.yaml', ['run', 'p.yaml'])];
  go('keys', ['keys', 'new']);
  const published = go('publish --to folder', ['publish', '--to', '../public', '--json']);
  const {url} = JSON.parse(published.stdout);
  const trust = contentNamed(bundle, project, home, join(directory, 'other'), url);
  walks.push(published, go('audit URL', ['audit', url], [0, 5]));
  walks.push(go('pull URL stage.out', ['pull', url, 'count.out', '--to', 'pulled']));
  walks.push(go('replay', ['replay']), go('replay URL', ['replay', url, '--trust', trust]));
  walks.push(go('run URL', ['run', url, '--trust', trust], [0], 'other'), go('bisect', ['bisect']));
  return walks;
}

/** The digest of the content that one is asked to trust: repro prints it where nobody is at a terminal. */
function contentNamed(bundle, project, home, cache, url) {
  const env = {PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: cache};
  const {stderr} = spawnSync('node', [bundle, 'run', url], {cwd: project, env, encoding: 'utf8'});
  const found = /--trust (sha256:[0-9a-f]{64})/.exec(stderr);
  if (found === null) throw new Error(`no content was named: ${stderr}`);
  return found[1];
}

/** What V8 says was executed, by the file that each function of the bundle comes from. */
function entered(coverage, dist) {
  const files = new Set();
  const functions = new Set();
  const openings = Object.fromEntries(OPENINGS.map((name) => [name, 0]));
  for (const report of readdirSync(coverage)) {
    const {result} = JSON.parse(readFileSync(join(coverage, report), 'utf8'));
    for (const script of result) {
      if (!script.url.startsWith(pathToFileURL(dist).href)) continue;
      const sources = sourcesOf(readFileSync(fileURLToPath(script.url), 'utf8'));
      for (const {functionName, ranges} of script.functions) {
        const [{startOffset, count}] = ranges;
        const source = functionName === '' || count === 0 ? undefined : sources(startOffset);
        if (source === undefined) continue;
        files.add(source);
        functions.add(`${source} ${functionName} ${startOffset}`);
        if (functionName in openings) openings[functionName] += count;
      }
    }
  }
  const rooms = new Set([...files].map(roomOf));
  return {files: files.size, rooms: rooms.size, functions: functions.size, openings};
}

/** As the import law has them: `runner/opening` is one room, whatever folders are in it. */
function roomOf(path) {
  const [first, second] = dirname(path).split('/');
  return first === 'runner' ? `runner/${second}` : first;
}

/** esbuild writes `// path` before what each file became. Packages of others are not walked. */
function sourcesOf(text) {
  const starts = [...text.matchAll(/^\/\/ (\S+\.(?:ts|js|mjs|cjs|json))$/gm)].map(({index, 1: path}) => ({
    index,
    path,
  }));
  return (offset) => {
    const {path} = starts.findLast(({index}) => index <= offset) ?? {};
    return path === undefined || path.includes('node_modules') ? undefined : path;
  };
}

function print(measured) {
  for (const {checkout, walks} of measured) {
    process.stdout.write(`\n${relative(process.cwd(), checkout) || '.'}\n`);
    process.stdout.write(`| walk | files | rooms | functions | ${OPENINGS.join(' | ')} |\n`);
    process.stdout.write(`| --- | --- | --- | --- | ${OPENINGS.map(() => '---').join(' | ')} |\n`);
    for (const {name, files, rooms, functions, openings} of walks)
      process.stdout.write(
        `| ${name} | ${files} | ${rooms} | ${functions} | ${OPENINGS.map((each) => openings[each]).join(' | ')} |\n`,
      );
  }
}
