import {cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {digestOfFile} from '../../../artifacts/hashing.ts';
import {objectPath} from '../../../artifacts/layout.ts';
import {digestTree} from '../../../artifacts/trees/digest-tree.ts';
import type {TreeManifest} from '../../../schemas/artifact.ts';
import type {Bisection} from '../../../schemas/bisection.ts';
import type {Json} from '../../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../../schemas/digest.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import {from} from '../../testing/pipeline-text.ts';
import type {Rig} from '../../testing/rig.ts';
import {ROOT} from '../../testing/source-files.ts';
import {lendTorch} from './torch-environment.ts';

const STEPS = 10;

/** One small training: everything that a plant may change. */
export interface Recipe {
  readonly seed?: number;
  readonly cpus?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, Json>>;
  /** A folder of the project with the model that it starts from. */
  readonly model?: string;
}

/** Lines of Python for the trainer's class, and for the program before it trains. */
export interface Plant {
  readonly trainer?: string;
  readonly program?: string;
  /** What becomes of stage.yaml. */
  readonly contract?: (text: string) => string;
}

const TINY = {layers: 1, heads: 2, kv_heads: 1, head_dim: 8, max_positions: 64};
const SMALL: Readonly<Record<string, Json>> = {...TINY, hidden_size: 16, intermediate_size: 32};
const TASK = {
  name: 'chain_sum',
  config: {min_terms: 2, max_terms: 2, max_digits: 1},
  prompt: '{expression}=',
  tight: true,
  count: 60,
};

/** A project with data and a model as files, and a stage folder of its own: trainings of seconds, real in every part. */
export async function plantedProject(rig: Rig, size: Readonly<Record<string, Json>> = {}): Promise<void> {
  lendTorch(rig);
  const data = {tasks: [TASK], evaluation_count: 6, demonstrations: 20};
  pipeline(rig, {
    data: {uses: 'collect', with: data},
    base: {uses: 'base-model', with: {...SMALL, ...size}},
  });
  const ended = await rig.repro(['run', 'p.yaml']);
  if (ended.code !== 0) throw new Error(`nothing to train on:\n${ended.stdout}${ended.stderr}`);
  const [run = ''] = runsOf(rig);
  layOut(rig, outputOf(rig, run, 'data', 'demonstrations'), 'demonstrations.jsonl');
  layOut(rig, outputOf(rig, run, 'base', 'model'), 'model');
  // A training that draws random numbers in every step, so that losing them shows.
  editJson(join(rig.project, 'model/config.json'), {attention_dropout: 0.1});
  plant(rig, {});
}

/** Trains and gives the name of the run. */
export async function train(rig: Rig, recipe: Recipe = {}): Promise<string> {
  write(rig, recipe);
  const ended = await patiently(rig, ['run', 'p.yaml', '--no-cache']);
  // 3: the run noticed by itself that its bits are others than those of a run before.
  if (ended.code !== 0 && ended.code !== 3)
    throw new Error(`the training failed:\n${ended.stdout}${ended.stderr}`);
  return newestRun(rig);
}

export function newestRun(rig: Rig): string {
  return runsOf(rig).at(-1) ?? '';
}

/** The pipeline of one training. */
export function write(rig: Rig, {seed, cpus, variables, params, model = 'model'}: Recipe = {}): void {
  const files = {model: join(rig.project, model), data: join(rig.project, 'demonstrations.jsonl')};
  const tree = digestTree(files.model);
  if (!tree.ok) throw new Error(tree.error.code);
  const sources = {
    model: {file: model, sha256: hexOf(tree.value.artifact.digest), kind: 'model'},
    data: {
      file: 'demonstrations.jsonl',
      sha256: hexOf(digestOfFile(files.data).digest),
      kind: 'demonstrations',
    },
  };
  const stage = {
    uses: './sft',
    inputs: {model: from('sources.model'), data: from('sources.data')},
    with: {...PARAMS, ...params},
    resources: {cpus: cpus ?? 1, memory: '2GiB'},
    ...(seed !== undefined && {seed}),
    ...(variables !== undefined && {variables}),
  };
  pipeline(rig, {train: stage}, {sources});
}

const PARAMS = {
  steps: STEPS,
  batch_size: 8,
  learning_rate: 0.01,
  warmup_steps: 0,
  max_length: 16,
  schedule: 'constant',
};

function pipeline(
  rig: Rig,
  stages: Readonly<Record<string, Readonly<Record<string, Json>>>>,
  more: Readonly<Record<string, Json>> = {},
): void {
  const train = {python: {lock: 'train.lock.txt', installer: 'pip'}};
  rig.pipeline(stages, {seed: 42, environments: {train}, ...more});
}

/** `sft` as it is installed, with lines put into it: a copy in the project, which is what the pipeline uses. */
export function plant(rig: Rig, {trainer, program, contract}: Plant): void {
  const folder = join(rig.project, 'sft');
  cpSync(join(ROOT, 'stages/sft'), folder, {recursive: true});
  const file = join(folder, 'main.py');
  const text = readFileSync(file, 'utf8');
  const withTrainer =
    trainer === undefined
      ? text
      : replaced(text, 'SFTTrainer): ...', `SFTTrainer):\n${indented(trainer, 8)}`);
  const planted =
    program === undefined
      ? withTrainer
      : replaced(
          withTrainer,
          '    stage.begin_torch()\n',
          `    stage.begin_torch()\n${indented(program, 4)}\n`,
        );
  writeFileSync(file, planted);
  const yaml = join(folder, 'stage.yaml');
  if (contract !== undefined) writeFileSync(yaml, contract(readFileSync(yaml, 'utf8')));
}

function replaced(text: string, before: string, after: string): string {
  if (!text.includes(before)) throw new Error(`stages/sft/main.py has no ${before}`);
  return text.replace(before, () => after);
}

function indented(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `${' '.repeat(by)}${line}`)
    .join('\n');
}

export type Answer = Bisection & {readonly code: number; readonly said: string};

export async function bisected(rig: Rig, ...argv: readonly string[]): Promise<Answer> {
  const ended = await patiently(rig, ['bisect', ...argv, '--json']);
  try {
    return {...(JSON.parse(ended.stdout) as Bisection), code: ended.code, said: ended.stderr};
  } catch {
    throw new Error(`bisect said nothing to read:\n${ended.stdout}${ended.stderr}`);
  }
}

/** A training takes seconds, and a minute where others train as well: longer than a rig waits for a command. */
async function patiently(rig: Rig, argv: readonly string[]) {
  const running = rig.start(argv);
  while (!running.hasEnded) await new Promise((resolve) => setTimeout(resolve, 100));
  return running.end();
}

function runsOf(rig: Rig): readonly string[] {
  return readdirSync(join(rig.project, '.repro/runs')).sort();
}

function outputOf(rig: Rig, run: string, stage: string, output: string) {
  const record = JSON.parse(rig.read(`.repro/runs/${run}/record.json`)) as RunRecord;
  const found = record.stages.find(({name}) => name === stage);
  const artifact = found !== undefined && 'receipt' in found ? found.receipt.outputs[output] : undefined;
  if (artifact === undefined) throw new Error(`no ${stage}.${output}`);
  return artifact;
}

function layOut(rig: Rig, {type, digest}: {type: 'blob' | 'tree'; digest: Digest}, to: string): void {
  if (type === 'blob') {
    copy(rig, digest, to);
    return;
  }
  const {entries} = JSON.parse(rig.object(digest)) as TreeManifest;
  for (const entry of entries) copy(rig, entry.digest, `${to}/${entry.path}`);
}

function copy(rig: Rig, digest: Digest, to: string): void {
  const file = join(rig.project, to);
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, readFileSync(objectPath(rig.layout, digest)));
}

function editJson(file: string, fields: Readonly<Record<string, Json>>): void {
  writeFileSync(file, `${JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), ...fields}, null, 2)}\n`);
}

/** Flips the lowest bit of one element of a model's weights. */
export function flipBit(rig: Rig, model: string, tensor: string, element: number): void {
  const file = join(rig.project, model, 'model.safetensors');
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString('utf8')) as Readonly<
    Record<string, {readonly data_offsets: readonly [number, number]}>
  >;
  const at = start + (header[tensor]?.data_offsets[0] ?? Number.NaN) + 4 * element;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}
