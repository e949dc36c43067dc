// Nothing to do, on the same graph of 10,000 stages and 20,000 files, against ninja.
import {mkdirSync} from 'node:fs';
import {resolve} from 'node:path';
import {writeGraph} from './graph.mjs';
import {interleave, table, time} from './measure.mjs';

export const needs = ['ninja'];

export function measure(directory, count = Number(process.env.REPRO_BENCH_STAGES ?? 10_000)) {
  mkdirSync(directory);
  writeGraph(directory, count, 'copy');
  const repro = [
    'node',
    resolve('dist/repro.mjs'),
    'run',
    'graph.yaml',
    '--sandbox',
    'none',
    '--store',
    './store',
  ];
  const first = {repro: time(repro, {cwd: directory}), ninja: time(['ninja', '-j2'], {cwd: directory})};
  table(`the first time, ${count} stages executed (once)`, 'ms', {
    'ninja -j2': first.ninja,
    repro: first.repro,
  });
  const medians = interleave(7, {
    ninja: () => time(['ninja'], {cwd: directory}),
    'repro run': () => time(repro, {cwd: directory}),
    'node -e 0': () => time(['node', '-e', '0']),
  });
  table(`nothing to do, ${count} stages and ${2 * count} files`, 'ms', medians, {'repro run': '2.5 x'});
}
