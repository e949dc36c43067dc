// What one more stage costs beside its program, against one more edge of ninja: the slope between 500 and 1,500 of
// them, two at a time, so that starting and loading don't count for either.
import {spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {writeGraph} from './graph.mjs';
import {interleave, table, time} from './measure.mjs';

export const needs = ['ninja'];
const FEW = 500;
const MANY = 1500;

export function measure(directory) {
  mkdirSync(directory);
  let rooms = 0;
  // A new folder each time: ext4 is slow to give out inodes that were freed a moment ago, and would charge it to
  // whoever comes after a clean-up.
  const room = (count, kind) => {
    const made = join(directory, String(++rooms));
    writeGraph(made, count, kind);
    return made;
  };
  const oneMore = (kind, ...argv) => {
    const few = time(argv, {cwd: room(FEW, kind)});
    const many = time(argv, {cwd: room(MANY, kind)});
    return (many - few) / (MANY - FEW);
  };
  const repro = (kind, sandbox) => () =>
    oneMore(
      kind,
      'node',
      resolve('dist/repro.mjs'),
      'run',
      'graph.yaml',
      '-j2',
      '--store',
      './store',
      '--sandbox',
      sandbox,
    );
  const bubblewrap = spawnSync('sh', ['-c', 'command -v bwrap']).status === 0;
  for (const kind of ['nothing', 'copy']) {
    const medians = interleave(3, {
      'ninja -j2': () => oneMore(kind, 'ninja', '-j2'),
      'repro, no sandbox': repro(kind, 'none'),
      ...(bubblewrap ? {'repro, bubblewrap': repro(kind, 'bubblewrap')} : {}),
    });
    const what = kind === 'nothing' ? '`true`, without outputs' : '`cp`, with an output';
    table(`one more stage: ${what}`, 'ms', medians, kind === 'nothing' ? {'repro, no sandbox': '2.5 x'} : {});
  }
}
