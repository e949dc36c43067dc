// The same graph twice: a repro pipeline and a ninja file, `count` edges, each from a file of its own to an output.
import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** @param {string} directory @param {number} count @param {(i: number) => string[]} argv */
export function writeGraph(directory, count, argv) {
  mkdirSync(join(directory, 'in'), {recursive: true});
  writeFileSync(join(directory, 'bare.lock.txt'), '');
  const sources = [];
  const stages = [];
  const edges = [];
  for (let i = 0; i < count; i++) {
    const text = `input ${i}\n`;
    writeFileSync(join(directory, 'in', `${i}.txt`), text);
    const digest = createHash('sha256').update(text).digest('hex');
    const command = argv(i);
    sources.push(`  in-${i}: {file: in/${i}.txt, sha256: ${digest}, kind: text}`);
    stages.push(
      `  stage-${i}:\n    uses: command\n    inputs: {text: "\${sources.in-${i}}"}\n` +
        `    with: {argv: ${JSON.stringify(command)}}\n    outputs: {text: {kind: text, type: blob}}\n` +
        '    reuse: same-class\n    determinism: bitwise',
    );
    edges.push(`build out/${i}.txt: edge in/${i}.txt`);
  }
  const pipeline =
    'repro: 1\nname: graph\ndescription: Made by the benchmark.\nseed: 1\n' +
    'environments: {bare: {python: {lock: bare.lock.txt}}}\n' +
    `sources:\n${sources.join('\n')}\nstages:\n${stages.join('\n')}\n`;
  writeFileSync(join(directory, 'graph.yaml'), pipeline);
  mkdirSync(join(directory, 'out'), {recursive: true});
  writeFileSync(join(directory, 'build.ninja'), `rule edge\n  command = cp $in $out\n${edges.join('\n')}\n`);
}
