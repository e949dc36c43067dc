// Interleaved timing: every variant once a round, medians, and the ratio to the first one, which is the reference.
import {spawnSync} from 'node:child_process';
import {performance} from 'node:perf_hooks';

const {NODE_EXTRA_CA_CERTS: _, ...environment} = process.env; // Adds 40 ms to every start of Node 20 that sees it.

/** Runs a command to its end and gives its wall time in milliseconds. */
export function time([program, ...argv], options = {}) {
  const start = performance.now();
  const ran = spawnSync(program, argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: environment,
    ...options,
  });
  const elapsed = performance.now() - start;
  if (ran.status !== 0)
    throw new Error(`${program} ${argv.join(' ')} ended with ${ran.status}: ${ran.stderr}`);
  return elapsed;
}

/** The same in seconds, with the most memory that the command or one of its children held, in MiB (GNU time's figure). */
export function timed([program, ...argv], options = {}) {
  const script =
    'import resource,subprocess,sys,time,json;s=time.monotonic();c=subprocess.run(sys.argv[1:],stdin=subprocess.DEVNULL,stdout=subprocess.DEVNULL).returncode;print(json.dumps([c,time.monotonic()-s,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024]))';
  const ran = spawnSync('python3', ['-c', script, program, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: environment,
    maxBuffer: 2 ** 28,
    ...options,
  });
  const [code, seconds, peak] = ran.status === 0 ? JSON.parse(ran.stdout) : [ran.status ?? 'no start'];
  if (code !== 0)
    throw new Error(
      `${program} ${argv.slice(0, 8).join(' ')} ended with ${code}: ${ran.stderr.slice(-2000)}`,
    );
  return {seconds, peak};
}

/** @param {Record<string, () => number>} variants the first is the reference @returns {Record<string, number>} medians */
export function interleave(rounds, variants) {
  const times = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (const run of Object.values(variants)) run(); // Warm.
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(variants)) times[name].push(run());
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Prints one table. `higher` is better for throughputs; a ratio is always "times the reference". */
export function table(title, unit, medians, targets = {}) {
  process.stdout.write(`\n${title}\n`);
  const [[, reference]] = Object.entries(medians);
  for (const [name, value] of Object.entries(medians)) {
    const ratio = value / reference;
    const target = targets[name] === undefined ? '' : `   target ${targets[name]}`;
    process.stdout.write(
      `  ${name.padEnd(46)} ${value.toFixed(value < 100 ? 1 : 0).padStart(9)} ${unit}  ${ratio.toFixed(2).padStart(6)} x${target}\n`,
    );
  }
}
