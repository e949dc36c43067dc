// Hashing 2 GiB and 64 MiB from the page cache against `openssl speed`, and that memory does not grow with size.
import {execFileSync, spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, openSync, writeFileSync, writeSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {buildSync} from 'esbuild';
import {median, table} from './measure.mjs';

export const needs = ['openssl'];
const MIB = 1024 * 1024;

export function measure(directory) {
  mkdirSync(directory);
  const program = hashProgram(directory);
  const sizes = {'64 MiB': 64 * MIB, '2 GiB': 2048 * MIB};
  for (const [name, size] of Object.entries(sizes)) fill(join(directory, name), size);
  const rounds = Array.from({length: 5}, () => ({
    openssl: opensslSpeed(),
    small: hash(program, join(directory, '64 MiB')),
    large: hash(program, join(directory, '2 GiB')),
  }));
  const of = (pick) => median(rounds.map(pick));
  table('hashing one file with SHA-256', 'MiB/s', {
    'openssl speed (in memory)': of(({openssl}) => openssl),
    '64 MiB file': of(({small}) => small.rate),
    '2 GiB file': of(({large}) => large.rate),
  });
  table('memory while hashing', 'MiB', {
    '64 MiB file': of(({small}) => small.peak),
    '2 GiB file': of(({large}) => large.peak),
  });
}

/** The store's own hashing, bundled by itself. */
function hashProgram(directory) {
  const entry = join(directory, 'entry.ts');
  const hashing = resolve('artifacts/hashing.ts');
  writeFileSync(
    entry,
    `import {digestOfFile} from ${JSON.stringify(hashing)};
     const start = performance.now();
     const {size} = digestOfFile(process.argv[2]);
     const seconds = (performance.now() - start) / 1000;
     console.log(JSON.stringify({rate: size / 1048576 / seconds, peak: process.resourceUsage().maxRSS / 1024}));`,
  );
  const outfile = join(directory, 'hash.mjs');
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    absWorkingDir: resolve('.'),
  });
  return outfile;
}

function hash(program, file) {
  return JSON.parse(execFileSync('node', [program, file], {encoding: 'utf8'}));
}

function opensslSpeed() {
  const {stdout} = spawnSync('openssl', ['speed', '-seconds', '1', '-bytes', String(MIB), '-evp', 'sha256'], {
    encoding: 'utf8',
  });
  return Number(/sha256\s+([\d.]+)k/i.exec(stdout)?.[1]) / 1024;
}

function fill(file, size) {
  const chunk = Buffer.alloc(8 * MIB, 0x5a);
  const descriptor = openSync(file, 'w');
  for (let written = 0; written < size; written += chunk.length) {
    chunk.writeUInt32LE(written / chunk.length, 0);
    writeSync(descriptor, chunk);
  }
  closeSync(descriptor);
}
