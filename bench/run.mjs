// `npm run bench`: what repro costs, each figure as a ratio to a reference measured in the same interleaved run.
// Needs ninja and openssl; says so and goes on where one is missing. `npm run bench -- start` runs one part.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, cpus, tmpdir} from 'node:os';
import {join} from 'node:path';

const PARTS = {
  start: './start.mjs',
  'no-op': './no-op.mjs',
  stage: './stage.mjs',
  hash: './hash.mjs',
  transfer: './transfer.mjs',
};

const wanted = process.argv.slice(2);
const directory = mkdtempSync(join(process.env.REPRO_BENCH_DIR ?? tmpdir(), 'repro-bench-'));
process.stdout.write(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}\n`);
try {
  for (const [name, file] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const {needs, measure} = await import(file);
    const missing = needs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
    if (missing.length > 0)
      process.stdout.write(`\n${name}: not measured, since there is no ${missing.join(', ')}\n`);
    else await measure(join(directory, name));
  }
} finally {
  rmSync(directory, {recursive: true, force: true});
}
