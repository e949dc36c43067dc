import {digestOfBytes} from '../../../artifacts/hashing.ts';
import type {Files} from './fill-bucket.ts';

/** Three stages: one of a kind that comes with repro, two of their own; a source, a lock, a value. */
export const LOCK = `tiny==1.0 --hash=sha256:${'ab'.repeat(32)}\n`;
export const PINNED = 'a problem\n'.repeat(20);

export const PIPELINE = `repro: 1
name: tiny
license: Apache-2.0
authors: [{name: Ada}]
seed: 7
params: {rate: {type: number, default: 0.5}}
environments: {default: {python: {lock: ./bare.lock.txt}}}
sources: {problems: {https: https://data.example/problems.txt, kind: text, sha256: "${digestOfBytes(PINNED).slice(7)}"}}
stages:
  words: {uses: ./words, inputs: {problems: "\${sources.problems}"}}
  train: {uses: fit, inputs: {words: "\${words.out}"}, with: {rate: "\${params.rate}"}}
  judge: {uses: ./judge, inputs: {model: "\${train.model}"}}
`;

export const WORDS = `stage: 1
kind: words
command: [sh, "\${stage}/words.sh"]
inputs: {problems: {kind: text}}
outputs: {out: {kind: text, type: blob}}
`;
export const FIT = `stage: 1
kind: fit
command: [python, "\${stage}/main.py", "--rate=\${params.rate}"]
seed: true
params: {rate: {type: number}}
inputs: {words: {kind: text}}
outputs: {model: {kind: model, type: tree}}
`;
export const JUDGE = `stage: 1
kind: judge
command: [python, "\${stage}/main.py"]
inputs: {model: {kind: model}}
values: {score: {type: number}}
`;

export const MODEL: Files = {
  'config.json': '{"layers":3}',
  'tokenizer.json': '{"words":["a","b"]}',
  'model.safetensors': Buffer.alloc(200_000, 'weights'),
};
