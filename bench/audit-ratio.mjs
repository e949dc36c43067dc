// `node bench/audit-ratio.mjs`: what an audit of a part costs. Makes a small SFT and GRPO run that keeps its state every
// few steps, publishes it into a folder, and audits it at budgets of 5, 15 and 30 %, in the same session and on the same
// machine. About twenty minutes on two cores; REPRO_BENCH_SEEDS=3 draws three times. Published reference: OpenVerifiableLLM, 0.173 of the training at 0.15.
import {spawnSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

const room = mkdtempSync(join(process.env.REPRO_BENCH_DIR ?? tmpdir(), 'repro-audit-ratio-'));
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const seeds = Number(process.env.REPRO_BENCH_SEEDS ?? 1);
const budgets = [5, 15, 30];

/** Long enough that starts of Python (two in an audit, seconds each) don't drown what is measured. */
const SFT = {steps: 4000, boundaries: 200};
const GRPO = {steps: 200, boundaries: 10};

mkdirSync(join(room, 'cache/repro'), {recursive: true});
symlinkSync(join(cache, 'repro/environments'), join(room, 'cache/repro/environments'));

const short = execute('short', {steps: 1, boundaries: 0}, {steps: 1, boundaries: 0});
const long = execute('long', SFT, GRPO);
const start = short.sft.seconds + short.grpo.seconds;
const recorded = long.sft.seconds + long.grpo.seconds;
print(
  `recorded   sft ${SFT.steps} steps ${text(long.sft.seconds)}, grpo ${GRPO.steps} steps ${text(long.grpo.seconds)}: ${text(recorded)}`,
);
print(
  `of that    starts of Python, imports, one step: ${text(short.sft.seconds)} and ${text(short.grpo.seconds)}`,
);
printStorage();
const url = publish(long.project);
const trust = trustOf(long.project, url);

// A shared machine’s speed drifts: both trainings are done again whole among the audits, and that is what they are held
// against, too.
print(
  '\nbudget     k of N   seconds  to the record  to a whole replay  that without starts  catches 1 forged  seed',
);
const verdicts = new Map();
for (const seed of Array.from({length: seeds}, (_, number) => `seed ${number}`)) {
  const [first, second] = [budgets.slice(0, 2), budgets.slice(2)];
  const audits = first.map((budget) => audit(budget, seed));
  const whole = again();
  audits.push(...second.map((budget) => audit(budget, seed)));
  for (const {budget, k, n, chance, seconds, starts} of audits) {
    const cells = [
      `${String(budget).padStart(4)} %`,
      `${k} of ${n}`.padStart(11),
      text(seconds).padStart(10),
      (seconds / recorded).toFixed(3).padStart(15),
      (seconds / whole).toFixed(3).padStart(19),
      ((seconds - starts) / (whole - start)).toFixed(3).padStart(21),
      `${(chance * 100).toFixed(1)} %`.padStart(18),
      `  ${seed}`,
    ];
    print(cells.join(''));
  }
  print(`whole replay of both trainings: ${text(whole)}`);
}
print(`\nverdicts   ${[...verdicts].map(([verdict, count]) => `${count} segments ${verdict}`).join(', ')}`);
rmSync(room, {recursive: true, force: true});
process.exitCode = verdicts.size === 1 && verdicts.has('exact') ? 0 : 3;

function audit(budget, seed) {
  const argv = [
    'audit',
    url,
    '--key',
    keyOf(),
    '--replay',
    '--budget',
    `${budget}%`,
    '--seed',
    seed,
    '--trust',
    trust,
    '--json',
    '-j',
    '1',
  ];
  const ran = repro(long.project, argv, [0, 5]);
  const {replay} = JSON.parse(ran.stdout);
  for (const {verdict} of replay.segments) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  const processes = replay.trainings.filter(({seconds}) => seconds !== null);
  const starts = processes.reduce((sum, {stage}) => sum + short[stage].seconds, 0);
  const seconds = replay.cost.segments;
  return {
    budget,
    seconds,
    starts,
    k: replay.draw.drawn,
    n: replay.draw.ranks.length,
    chance: replay.chances[0].chance,
  };
}

/** Seconds of both trainings, executed whole from their recorded inputs. */
function again() {
  const {stages} = JSON.parse(
    repro(long.project, ['replay', '--stage', 'sft', 'grpo', '-j', '1', '--json'], [0]).stdout,
  );
  return stages.reduce((sum, {seconds}) => sum + (seconds ?? 0), 0);
}

function execute(name, sft, grpo) {
  const project = join(room, name);
  mkdirSync(join(project, '.repro'), {recursive: true});
  mkdirSync(join(project, 'stages'));
  cpSync('stages/_environments', join(project, 'stages/_environments'), {recursive: true});
  writeFileSync(join(project, 'p.yaml'), JSON.stringify(pipeline(sft, grpo)));
  repro(project, ['run', 'p.yaml', '-j', '1', '--no-cache'], [0]);
  const runs = join(project, '.repro/runs');
  const {stages} = JSON.parse(readFileSync(join(runs, readdirSync(runs).at(-1), 'record.json'), 'utf8'));
  const of = (stage) => {
    const {receipt} = stages.find((each) => each.name === stage);
    return {seconds: receipt.execution.seconds, outputs: receipt.outputs};
  };
  return {project, sft: of('sft'), grpo: of('grpo')};
}

/** As pipelines/polaris.yaml has it, one round. */
function pipeline(sft, grpo) {
  const resources = {cpus: 1, memory: '4GiB'};
  return {
    repro: 1,
    name: 'audit-ratio',
    description: 'What an audit of a part costs.',
    license: 'Apache-2.0',
    authors: [{name: 'bench'}],
    seed: 42,
    environments: {train: {python: {lock: 'stages/_environments/cpu.lock.txt', installer: 'pip'}}},
    stages: {
      problems: {
        uses: 'collect',
        with: {
          tasks: [
            {
              name: 'chain_sum',
              label: 'sums-3',
              count: 2500,
              config: {min_terms: 3, max_terms: 3, min_digits: 1, max_digits: 1},
              prompt: '{expression} =',
            },
          ],
          evaluation_count: 20,
          demonstrations: 1500,
          completions: ['{answer}', '\\boxed{{answer}}', '{steps}\\boxed{{answer}}'],
          near_duplicates: 1,
        },
        resources,
      },
      base: {
        uses: 'base-model',
        with: {
          hidden_size: 64,
          layers: 3,
          head_dim: 16,
          intermediate_size: 192,
          max_positions: 128,
          phrases: [' + ', ' - ', ' = ', ' =', '\\boxed{'],
        },
        resources,
      },
      sft: {
        uses: 'sft',
        inputs: {model: from('base.model'), data: from('problems.demonstrations')},
        with: {...sft, learning_rate: 3e-3, batch_size: 32, max_length: 64},
        resources,
      },
      grpo: {
        uses: 'grpo',
        inputs: {model: from('sft.model'), problems: from('problems.train')},
        with: {
          ...grpo,
          prompts_per_step: 32,
          samples: 8,
          max_new_tokens: 28,
          learning_rate: 1e-4,
          answer_style: 'boxed',
        },
        resources,
      },
    },
  };
}

function from(what) {
  return `\${${what}}`;
}

/** Bytes of one boundary against the weights: what each added to the store, all files of one name being one. */
function printStorage() {
  for (const [stage, {outputs}] of Object.entries({sft: long.sft, grpo: long.grpo})) {
    const entries = JSON.parse(readFileSync(objectOf(outputs.boundaries.digest), 'utf8')).entries;
    const sum = (pattern) =>
      entries.filter(({path}) => pattern.test(path)).reduce((all, {size}) => all + size, 0);
    const states = entries.filter(({path}) => path.startsWith('states/')).length;
    const weights = JSON.parse(readFileSync(objectOf(outputs.model.digest), 'utf8')).entries.find(({path}) =>
      path.endsWith('.safetensors'),
    ).size;
    const each = (sum(/^tensors\//) + sum(/^states\//)) / states;
    print(
      `storage    ${stage}: ${states} boundaries of ${bytes(each)}, weights ${bytes(weights)}: ${(each / weights).toFixed(2)} times; of it documents ${bytes(sum(/^states\//) / states)}; token ids of rollouts ${bytes(sum(/^completions/))}`,
    );
  }
}

function objectOf(digest) {
  const hex = digest.slice('sha256:'.length);
  return join(room, 'cache/repro/store/objects/v1', hex.slice(0, 2), hex);
}

function publish(project) {
  repro(project, ['keys', 'new'], [0]);
  repro(project, ['publish', '--to', join(room, 'out')], [0]);
  return join(room, 'out/publications/v1', readdirSync(join(room, 'out/publications/v1'))[0]);
}

function keyOf() {
  const file = join(room, 'home/.config/repro/keys/default.pub');
  if (!existsSync(file)) throw new Error('no key');
  return readFileSync(file, 'utf8').trim();
}

function trustOf(project, address) {
  return /--trust (sha256:[0-9a-f]{64})/.exec(repro(project, ['run', address], [2]).stderr)[1];
}

function repro(cwd, argv, codes) {
  const env = {
    PATH: process.env.PATH,
    HOME: join(room, 'home'),
    XDG_CACHE_HOME: join(room, 'cache'),
    CI: '1',
  };
  mkdirSync(env.HOME, {recursive: true});
  const ran = spawnSync('node', [resolve('dist/repro.mjs'), ...argv], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (!codes.includes(ran.status))
    throw new Error(
      `${argv.join(' ')} ended with ${ran.status}: ${ran.stdout.slice(-2000)}${ran.stderr.slice(-4000)}`,
    );
  return ran;
}

function bytes(count) {
  return count < 1e6 ? `${(count / 1e3).toFixed(0)} kB` : `${(count / 1e6).toFixed(2)} MB`;
}

function text(seconds) {
  return `${seconds.toFixed(1)} s`;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
