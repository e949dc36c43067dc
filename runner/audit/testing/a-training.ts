import {createHash} from 'node:crypto';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import {contentDigest, leafHash} from '../../compare/tensors/tensor-digest.ts';
import {float32, withHeader} from '../../compare/testing/write-safetensors.ts';
import {BEFORE_ALL, chainOf} from '../../compare/trace/parse-line.ts';
import {statePath} from '../../compare/trace/state-document.ts';
import type {Trained} from './a-publication.ts';
import type {Files} from './fill-bucket.ts';

/** A training so small that its weights can be said in one line: what each step leaves is a function of the step. */
export const TRAINING_CONTRACT = `stage: 1
kind: fit
command: [python, "\${stage}/main.py", "--rate=\${params.rate}"]
seed: true
params:
  rate: {type: number}
  steps: {type: integer, default: 6}
  boundaries: {type: integer, default: 2}
  trace: {type: string, default: all}
inputs: {words: {kind: text}}
outputs: {model: {kind: model, type: tree}, boundaries: {kind: boundaries, type: tree}}
trace:
  unless: {trace: off}
  steps: steps
  model: model
  boundaries: {output: boundaries, every: boundaries}
  metrics: {loss: loss, gradient_norm: grad_norm}
`;

const PARTS = ['batch', 'cursor', 'gradient', 'loss', 'optimizer', 'parameters', 'rng', 'rollout'];

export interface Step {
  readonly step: number;
  readonly parts: Readonly<Record<string, string>>;
  readonly scalars: Readonly<Record<string, string>>;
}

export interface Tensor {
  readonly name: string;
  readonly values: readonly number[];
}

/** The weights after a step; 0 is the base. */
export function weightsAfter(step: number): readonly Tensor[] {
  return [
    {name: 'model.embed_tokens.weight', values: [step + 0.5, step * 2, -step]},
    {name: 'model.norm.weight', values: [1 + step / 8]},
  ];
}

export function modelOf(tensors: readonly Tensor[], split = 1): Files {
  const files: Record<string, Uint8Array | string> = {'config.json': '{"layers":1}'};
  for (let at = 0; at < split; at++) {
    const part = tensors.filter((_, index) => index % split === at);
    const name = split === 1 ? 'model.safetensors' : `model-${at + 1}-of-${split}.safetensors`;
    files[name] = safetensorsOf(part);
  }
  return files;
}

export function safetensorsOf(tensors: readonly Tensor[], dtype = 'F32'): Uint8Array {
  let at = 0;
  const header: Record<string, Json> = {};
  for (const {name, values} of tensors) {
    header[name] = {dtype, shape: [values.length], data_offsets: [at, at + 4 * values.length]};
    at += 4 * values.length;
  }
  return withHeader(JSON.stringify(header), ...tensors.map(({values}) => float32(...values)));
}

export function contentOf(tensors: readonly Tensor[]): string {
  return contentDigest(
    new Map(
      tensors.map(({name, values}) => [
        name,
        leafHash({name, dtype: 'float32', shape: [values.length]})
          .update(float32(...values))
          .digest('hex'),
      ]),
    ),
  );
}

function lossOf(step: number): number {
  return 1 / (step + 1);
}

function normOf(step: number): number {
  return 0.1 + step;
}

export function plainSteps(count = 6): readonly Step[] {
  return Array.from({length: count}, (_, index) => {
    const step = index + 1;
    const parts = Object.fromEntries(
      PARTS.filter((part) => part !== 'rollout').map((part) => [part, hexOf(`${part} ${step}`)]),
    );
    return {
      step,
      parts: {
        ...parts,
        parameters: contentOf(weightsAfter(step)),
        optimizer: contentOf(momentsAfter(step)),
        rng: contentOf(randomAfter(step)),
      },
      scalars: {loss: bitsOf(lossOf(step)), gradient_norm: bitsOf(normOf(step))},
    };
  });
}

/** Lines, sealed and chained. */
export function sealedLines(
  steps: readonly unknown[],
  head: Readonly<Record<string, unknown>> = {},
): readonly string[] {
  const header = {
    trace: 1,
    what: 'training',
    algorithm: 'sha256',
    parts: PARTS,
    previous: BEFORE_ALL,
    ...head,
  };
  const lines: {readonly chain: string}[] = [seal(header)];
  for (const step of steps) lines.push(seal({...(step as object), previous: lines.at(-1)?.chain}));
  return lines.map((line) => canonicalJson(line));
}

export function traceOf(steps: readonly Step[] = plainSteps()): string {
  return textOf(sealedLines(steps));
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

export function metricsOf(steps = 6, change: (row: Record<string, Json>) => Json = (row) => row): string {
  const rows = Array.from({length: steps}, (_, index) => {
    const step = index + 1;
    return change({grad_norm: normOf(step), learning_rate: 0.01, loss: lossOf(step), step});
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export function boundariesOf(trace = traceOf(), every = 2, steps = 6): Files {
  const chains = trace
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as {readonly chain: string}).chain);
  const at = Array.from({length: Math.ceil(steps / every) - 1}, (_, index) => (index + 1) * every);
  const files: Record<string, Uint8Array | string> = {
    'index.json': canonicalJson({boundaries: 1, every, steps: at}),
  };
  for (const step of at) Object.assign(files, stateAfter(step, chains[step] ?? ''));
  return files;
}

export function stateAfter(step: number, chain: string, weights = weightsAfter(step)): Files {
  const files: Record<string, Uint8Array | string> = {};
  const tensors: Record<string, Json> = {};
  const groups = {parameters: weights, optimizer: momentsAfter(step), rng: randomAfter(step)};
  for (const [group, list] of Object.entries(groups)) {
    for (const {name, values} of list) {
      const bytes = float32(...values);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      files[`tensors/${sha256.slice(0, 2)}/${sha256}`] = bytes;
      tensors[`${group}/${name}`] = {dtype: 'float32', shape: [values.length], sha256};
    }
  }
  files[statePath(step)] = canonicalJson({boundary: 1, step, chain, facts: {}, tensors});
  return files;
}

/** All that a training gives, by the rules. */
export function aTraining(change: Partial<Trained> = {}): Trained {
  const trace = typeof change.trace === 'string' ? change.trace : traceOf();
  return {
    model: modelOf(weightsAfter(6)),
    boundaries: boundariesOf(trace.includes('"step":4') ? trace : traceOf()),
    trace,
    metrics: metricsOf(),
    ...change,
  };
}

export function bitsOf(value: number): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return bits.toString('hex');
}

export function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function momentsAfter(step: number): readonly Tensor[] {
  return weightsAfter(step).map(({name, values}) => ({
    name: `${name}/exp_avg`,
    values: values.map((value) => value / 4 + step),
  }));
}

function randomAfter(step: number): readonly Tensor[] {
  return [{name: 'torch/cpu', values: [step * 7]}];
}

function seal(line: Readonly<Record<string, unknown>>): {readonly chain: string} {
  return {...line, chain: chainOf(line)};
}
