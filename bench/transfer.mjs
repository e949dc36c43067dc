// Push and pull of a few large files and of many small ones: repro, s5cmd, rclone, DVC and a raw put loop, on the same
// server, each once a round. REPRO_BENCH_SERVER=ceph, REPRO_BENCH_BYTES, REPRO_BENCH_FILES, REPRO_BENCH_ROUNDS.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {median} from './measure.mjs';
import {emptyBucket, startServer} from './transfer-server.mjs';
import {tools} from './transfer-tools.mjs';

export const needs = ['curl', 's5cmd', 'rclone', 'dvc', 'python3'];

const {
  REPRO_BENCH_SERVER: kind = 'seaweedfs',
  REPRO_BENCH_BYTES: bytes = String(4 * 2 ** 30),
  REPRO_BENCH_FILES: count = '100000',
  REPRO_BENCH_ROUNDS: rounds = '3',
} = process.env;

export async function measure(directory) {
  mkdirSync(directory);
  const server = await startServer(kind, join(directory, 'server'));
  process.stdout.write(`\ntransfer: ${kind}\n`);
  try {
    const size = Number(bytes);
    await measureOne(server, directory, {
      name: `${size / 2 ** 20} MiB in large files`,
      program: ['large', bytes],
    });
    await measureOne(server, directory, {name: `${count} small files`, program: ['small', count]});
  } finally {
    await server.stop();
  }
}

async function measureOne(server, directory, {name, program}) {
  const room = join(directory, program[0]);
  mkdirSync(room);
  const folder = join(room, 'files');
  const script = join(room, 'make-files.py');
  copyFileSync('bench/transfer-files.py', script);
  const make = ['python3', script, ...program];
  const made = spawnSync(make[0], [...make.slice(1), folder], {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(made.stderr);
  const files = listed(folder);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const all = tools(server, room);
  all.repro.prepare(make, 'files');
  const found = Object.fromEntries(Object.keys(all).map((tool) => [tool, {push: [], again: [], pull: []}]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [tool, {push, pull}] of Object.entries(all)) {
      const prefix = `${program[0]}-${round}-${tool}`;
      const destination = join(room, 'pulled');
      const names = files.map(({path}) => path);
      found[tool].push.push(push({folder, files: names, prefix}));
      if (tool === 'repro') found[tool].again.push(push({folder, files: names, prefix}));
      found[tool].pull.push(pull({files: names, prefix, destination}));
      same(folder, destination);
      rmSync(destination, {recursive: true, force: true});
      await emptyBucket(server, prefix);
    }
  }
  print(name, total, found);
}

function listed(folder) {
  const found = spawnSync('find', [folder, '-type', 'f', '-printf', '%P %s\n'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return found.stdout
    .trim()
    .split('\n')
    .sort()
    .map((line) => ({path: line.split(' ')[0], size: Number(line.split(' ')[1])}));
}

/** What came back is what was sent; a fast program that loses files would win. */
function same(folder, destination) {
  const place =
    readdirSync(destination).length === 1 && !readdirSync(folder).includes(readdirSync(destination)[0])
      ? join(destination, readdirSync(destination)[0])
      : destination;
  const {status, stdout} = spawnSync('diff', ['-rq', resolve(folder), place], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${destination}: ${stdout.split('\n').slice(0, 3).join('; ')}`);
}

function print(name, bytes, found) {
  process.stdout.write(`\n${name} (${(bytes / 1e6).toFixed(0)} MB), medians of ${rounds}\n`);
  for (const what of ['push', 'pull']) {
    const reference = median(found.s5cmd[what].map(({seconds}) => seconds));
    for (const [tool, {[what]: runs}] of Object.entries(found)) {
      const seconds = median(runs.map((run) => run.seconds));
      const peak = median(runs.map((run) => run.peak));
      process.stdout.write(
        `  ${what} ${tool.padEnd(7)} ${seconds.toFixed(1).padStart(8)} s  ${(bytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s  ${(reference / seconds).toFixed(2).padStart(6)} x s5cmd  ${peak.toFixed(0).padStart(5)} MiB\n`,
      );
    }
  }
  const again = median(found.repro.again.map(({seconds}) => seconds));
  process.stdout.write(`  push repro, nothing to send: ${again.toFixed(1)} s\n`);
}
