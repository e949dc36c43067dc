// `node bench/planted-faults.mjs`: plants faults in real small trainings and prints what `repro bisect` says of each. Runs
// runner/bisect/planted-faults.e2e.test.ts, which checks the same; four to eight minutes on two cores.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const room = mkdtempSync(join(process.env.REPRO_BENCH_DIR ?? tmpdir(), 'repro-planted-'));
const file = join(room, 'rows.ndjson');
const argv = ['vitest', 'run', 'runner/bisect/planted-faults.e2e.test.ts', '--reporter=default'];
const env = {...process.env, REPRO_PLANTED_FAULTS: file};
const ended = spawnSync('npx', argv, {env, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8'});
if (ended.status !== 0) process.stdout.write(ended.stdout);

const rows = read(file).map((row) => [
  row.fault,
  where(row),
  what(row),
  row.answer.verdict?.class ?? '',
  why(row),
]);
print([['planted', 'found', 'differs first', 'class', 'by'], ...rows]);
rmSync(room, {recursive: true, force: true});
process.exitCode = ended.status ?? 1;

function read(path) {
  try {
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  } catch {
    process.stdout.write('nothing was planted: see above\n');
    return [];
  }
}

/** `step 8 of 8`: found, and planted. */
function where({step, answer}) {
  if (answer.found === 'nothing') return 'nothing';
  return `step ${answer.trace.step}${answer.trace.step === step ? '' : `, planted at ${step}`}`;
}

function what({answer}) {
  const [part] = answer.again?.parts ?? [];
  // What only happened when it was recorded is not in a step that was done again.
  if (part === undefined) return answer.trace?.first ?? '';
  const {changed, differing, maxUlp} = part.comparison;
  const isFloat = changed[0]?.dtype.startsWith('F');
  return `${part.part}: ${differing} elements${isFloat ? `, ${maxUlp} ULP` : ''}`;
}

function why({answer}) {
  const found = answer.verdict?.by ?? answer.same?.[0]?.causes[0];
  const [first] = found?.packages ?? found?.differences ?? [];
  if (first === undefined) return answer.found === 'nothing' ? 'nothing differs' : 'nothing recorded';
  const text = (value) => String(value).replace(/^sha256:(.{8}).*/, '$1');
  return `${first.path} ${text(first.before)} → ${text(first.after)}`;
}

function print(table) {
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  for (const row of table) {
    process.stdout.write(
      `${row
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}
