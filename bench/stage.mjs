// What one stage costs beside its program: `true` 300 times, against ninja's edges, two at a time.

import {spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {writeGraph} from './graph.mjs';
import {interleave, table, time} from './measure.mjs';

export const needs = ['ninja'];
const COUNT = 300;

export function measure(directory) {
  mkdirSync(directory);
  writeGraph(directory, COUNT, () => ['cp', 'inputs/text', 'outputs/text']);
  const repro = (sandbox) => () => {
    // `--no-cache` executes every stage again, into a store that has all of it: the whole protocol, nothing saved.
    const argv = [
      'run',
      'graph.yaml',
      '-j2',
      '--no-cache',
      '--sandbox',
      sandbox,
      '--store',
      join(directory, 'store'),
    ];
    return time(['node', resolve('dist/repro.mjs'), ...argv], {cwd: directory});
  };
  const idle = () =>
    time(['node', resolve('dist/repro.mjs'), 'plan', 'graph.yaml', '--store', join(directory, 'store')], {
      cwd: directory,
    });
  const ninja = () => {
    spawnSync('ninja', ['-t', 'clean'], {cwd: directory});
    return time(['ninja', '-j2'], {cwd: directory});
  };
  const variants = {'ninja -j2': ninja, 'repro, no sandbox': repro('none')};
  if (spawnSync('sh', ['-c', 'command -v bwrap']).status === 0)
    variants['repro, bubblewrap'] = repro('bubblewrap');
  const medians = interleave(5, {...variants, 'repro plan (start, load, identify)': idle});
  const each = Object.fromEntries(Object.entries(medians).map(([name, all]) => [name, all / COUNT]));
  table(`one \`cp\` stage of ${COUNT}, everything included`, 'ms', each, {'repro, no sandbox': '2.5 x'});
}
