// The same graph twice: a repro pipeline and a ninja file, `count` edges, each from a file of its own.
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** What each edge runs. `copy` makes an output from its input; `nothing` reads and makes nothing. */
const EDGES = {
  copy: {
    argv: ['cp', 'inputs/text', 'outputs/text'],
    outputs: '    outputs: {text: {kind: text, type: blob}}\n',
    command: 'cp $in $out',
  },
  nothing: {argv: ['true'], outputs: '', command: 'true'},
};

/** @param {string} directory @param {number} count @param {keyof typeof EDGES} kind */
export function writeGraph(directory, count, kind) {
  const {argv, outputs, command} = EDGES[kind];
  mkdirSync(join(directory, 'in'), {recursive: true});
  mkdirSync(join(directory, 'out'));
  writeFileSync(join(directory, 'bare.lock.txt'), '');
  const sources = [];
  const stages = [];
  const edges = [];
  for (let i = 0; i < count; i++) {
    const text = `input ${i}\n`;
    writeFileSync(join(directory, 'in', `${i}.txt`), text);
    const digest = createHash('sha256').update(text).digest('hex');
    sources.push(`  in-${i}: {file: in/${i}.txt, sha256: ${digest}, kind: text}`);
    stages.push(
      `  stage-${i}:\n    uses: command\n    inputs: {text: "\${sources.in-${i}}"}\n` +
        `    with: {argv: ${JSON.stringify(argv)}}\n${outputs}`,
    );
    edges.push(`build out/${i}.txt: edge in/${i}.txt`);
  }
  const pipeline =
    'repro: 1\nname: graph\ndescription: Made by the benchmark.\nseed: 1\n' +
    'environments: {bare: {python: {lock: bare.lock.txt}}}\n' +
    `sources:\n${sources.join('\n')}\nstages:\n${stages.join('')}`;
  writeFileSync(join(directory, 'graph.yaml'), pipeline);
  writeFileSync(join(directory, 'build.ninja'), `rule edge\n  command = ${command}\n${edges.join('\n')}\n`);
}
