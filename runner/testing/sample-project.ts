import {normalise} from './normalise.ts';
import {from, shell} from './pipeline-text.ts';
import {openRig, type Rig} from './rig.ts';

/** Three stages, two kinds of its own, an artifact, a value and a param: a little of everything that is printed. */
export const STAGES = {
  words: shell('printf hello > outputs/out', {resources: {memory: '512MiB'}}),
  temperature: {uses: './choose', inputs: {words: from('words.out')}, with: {from: 0.5}},
  train: {
    uses: './train',
    inputs: {words: from('words.out')},
    with: {temperature: from('temperature.values.chosen'), rate: from('params.rate')},
  },
};

export const PARAMS = {params: {rate: {type: 'number', default: 0.001}}};

const CHOOSE = {
  stage: 1,
  kind: 'choose',
  command: ['sh', '-c', `echo '{"chosen": 0.75}' > values.json`],
  params: {from: {type: 'number'}},
  inputs: {words: {kind: 'text'}},
  values: {chosen: {type: 'number'}},
};

const TRAIN = {
  stage: 1,
  kind: 'train',
  command: [
    'sh',
    `\${stage}/train.sh`,
    `--words=\${inputs.words}`,
    `--learning-rate=\${params.rate}`,
    `--temperature=\${params.temperature}`,
    `--a-long-option-that-makes-the-command-wrap=\${outputs.model}`,
  ],
  params: {rate: {type: 'number'}, temperature: {type: 'number'}},
  inputs: {words: {kind: 'text'}},
  outputs: {model: {kind: 'model', type: 'tree'}},
};

export async function sampleProject(): Promise<Rig> {
  const rig = await openRig();
  rig.write({
    'choose/stage.yaml': JSON.stringify(CHOOSE),
    'train/stage.yaml': JSON.stringify(TRAIN),
    'train/train.sh': 'mkdir outputs/model; echo "$@" > outputs/model/weights',
  });
  rig.pipeline(STAGES, PARAMS);
  return rig;
}

/** What a command prints, on both streams, and what it ends with. */
export async function printed(rig: Rig, ...argv: readonly string[]): Promise<string> {
  const ended = await rig.repro(argv);
  return `${normalise(ended.stdout + ended.stderr, rig)}[${ended.code}]`;
}
