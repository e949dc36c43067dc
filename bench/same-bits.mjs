// `npm run same-bits`: executes the laptop pipeline twice, nothing cached, in two directories with two stores and two
// different surroundings, and compares every artifact and value of every stage. About seven minutes on two cores.
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

const room = mkdtempSync(join(process.env.REPRO_BENCH_DIR ?? tmpdir(), 'repro-same-bits-'));
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const options = process.argv.slice(2);

const first = execute('here', {TZ: 'UTC', LC_ALL: 'C.UTF-8', PYTHONHASHSEED: '1'});
const second = execute('a longer name for there', {
  TZ: 'Asia/Kolkata',
  LC_ALL: 'C',
  PYTHONHASHSEED: '2',
  OMP_NUM_THREADS: '7',
});
rmSync(room, {recursive: true, force: true});

let compared = 0;
let different = 0;
for (const stage of first.stages) {
  const other = second.stages.find(({name}) => name === stage.name);
  for (const [name, mine] of Object.entries(claims(stage))) {
    compared++;
    const theirs = claims(other)[name];
    if (mine === theirs) continue;
    different++;
    process.stdout.write(`different: ${stage.name} ${name}: ${mine} and ${theirs}\n`);
  }
}
process.stdout.write(
  `${first.stages.length} stages, ${compared} outputs and values compared, ${different} different\n`,
);
process.exitCode = different === 0 && compared > 0 ? 0 : 3;

/** What a stage claims, but for what it may not promise: its log and its time. */
function claims(stage) {
  const {outputs, values, execution} = stage.receipt;
  const digests = Object.entries(outputs).map(([name, {digest}]) => [`output ${name}`, digest]);
  const numbers = Object.entries(values).map(([name, value]) => [`value ${name}`, JSON.stringify(value)]);
  return Object.fromEntries([...digests, ...numbers, ['metrics', execution.metrics]]);
}

function execute(name, variables) {
  const project = join(room, name);
  mkdirSync(join(project, 'cache', 'repro'), {recursive: true});
  mkdirSync(join(project, '.repro')); // A project of its own, also where a folder above it is one.
  for (const part of ['pipelines', join('stages', '_environments')])
    cpSync(part, join(project, part), {recursive: true});
  // Only the built environment is shared: making it twice would test pip.
  symlinkSync(join(cache, 'repro', 'environments'), join(project, 'cache', 'repro', 'environments'));
  const argv = [
    resolve('dist/repro.mjs'),
    'run',
    'pipelines/polaris.yaml',
    '--no-cache',
    '--store',
    './store',
    ...options,
  ];
  const env = {...process.env, ...variables, HOME: project, XDG_CACHE_HOME: join(project, 'cache')};
  const ran = spawnSync('node', argv, {cwd: project, env, stdio: ['ignore', 'inherit', 'inherit']});
  if (ran.status !== 0) throw new Error(`the run in ${project} ended with ${ran.status}`);
  const runs = join(project, '.repro', 'runs');
  return JSON.parse(readFileSync(join(runs, readdirSync(runs).at(-1), 'record.json'), 'utf8'));
}
