import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {StatIndex} from '../../artifacts/files/stat-index.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {aReceipt} from '../../artifacts/testing/a-receipt.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import {stageName} from '../../schemas/names.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import {hardwareClass} from '../hardware/hardware-class.ts';
import {chooseReceipt} from './choose-receipt.ts';
import {compareDocuments} from './compare-documents.ts';
import {contractVariables} from './determinism-contract.ts';
import {identify, type Known} from './key-document.ts';
import {isCode, stageCode} from './stage-code.ts';

const RESOURCES = {cpus: 1, memory: undefined, gpus: 0, time: undefined};
const blob = (text: string): Artifact => ({type: 'blob', digest: digestOfBytes(text), size: text.length});

const STAGE: PlannedStage = {
  name: stageName('train'),
  kind: 'train',
  folder: '/anywhere/train',
  command: [
    [{type: 'text', text: 'python'}],
    [
      {type: 'text', text: '--t='},
      {type: 'param', param: 'temperature'},
    ],
    [{type: 'param', param: 'name'}],
  ],
  params: new Map([
    ['temperature', {from: 'value', stage: stageName('search'), value: 'best'}],
    ['name', {from: 'literal', value: 'x y'}],
  ]),
  inputs: new Map([
    ['data', {from: 'source', source: 'text'}],
    [
      'models',
      {
        from: 'many',
        members: [{label: 'sft', input: {from: 'stage', stage: stageName('search'), output: 'model'}}],
      },
    ],
  ]),
  outputs: new Map([['model', {type: 'tree', kind: 'model'}]]),
  values: new Map([['loss', 'number']]),
  seed: 7,
  environment: 'bare',
  variables: {A: 'b'},
  determinism: 'bitwise',
  reuse: 'same-class',
  network: false,
  resources: RESOURCES,
  retries: 0,
  live: undefined,
  dependsOn: [stageName('search')],
  place: {file: 'p.yaml', line: 1, column: 1, length: 1, text: ''},
};

const KNOWN: Known = {
  receipt: () => aReceipt({model: blob('model')}, {values: {best: 0.75}}),
  source: () => blob('text'),
  environment: () => ({type: 'python', lock: digestOfBytes('lock'), python: '3.11'}),
  code: () => digestOfBytes('code'),
  sdk: digestOfBytes('sdk'),
};

describe('a key document', () => {
  it('holds the command as it will run, values as params, and inputs by digest', () => {
    const {document} = identify(STAGE, KNOWN);
    expect(document).toMatchObject({
      command: ['python', '--t=0.75', 'x y'],
      params: {temperature: 0.75, name: 'x y'},
      inputs: {data: digestOfBytes('text'), models: {sft: digestOfBytes('model')}},
      seed: 7,
    });
  });

  it('knows nothing of where the stage is, how it is called, what it may use or how it is told of', () => {
    const {key} = identify(STAGE, KNOWN);
    const others: Partial<PlannedStage>[] = [
      {name: stageName('other')},
      {folder: '/elsewhere'},
      {retries: 3},
      {live: 'loss'},
      {reuse: 'any'},
      {determinism: 'none'},
      {resources: {...RESOURCES, memory: 5, time: 60}},
      {place: {...STAGE.place, line: 2}},
    ];
    expect(others.filter((other) => identify({...STAGE, ...other}, KNOWN).key !== key)).toEqual([]);
  });

  it('is another one for all that could decide the bits', () => {
    const changed: [Partial<PlannedStage>, Partial<Known>][] = [
      [{kind: 'other'}, {}],
      [{seed: 8}, {}],
      [{seed: undefined}, {}],
      [{network: true}, {}],
      [{variables: {A: 'c'}}, {}],
      [{resources: {...RESOURCES, cpus: 2}}, {}],
      [{resources: {...RESOURCES, gpus: 1}}, {}],
      [{values: new Map([['loss', 'integer']])}, {}],
      [{outputs: new Map([['model', {type: 'blob', kind: 'model'}]])}, {}],
      [{command: [[{type: 'text', text: 'python3'}]]}, {}],
      [{}, {code: () => digestOfBytes('other')}],
      [{}, {sdk: digestOfBytes('other')}],
      [{}, {source: () => blob('other')}],
      [{}, {environment: () => ({type: 'python', lock: digestOfBytes('lock'), python: '3.12'})}],
      [{}, {receipt: () => aReceipt({model: blob('model')}, {values: {best: 0.5}})}],
      [{}, {receipt: () => aReceipt({model: blob('other')}, {values: {best: 0.75}})}],
    ];
    const keys = changed.map(([stage, known]) => identify({...STAGE, ...stage}, {...KNOWN, ...known}).key);
    expect(new Set([identify(STAGE, KNOWN).key, ...keys]).size).toBe(changed.length + 1);
  });
});

describe('the determinism contract', () => {
  it('fixes threads to what is declared, whatever the machine has', () => {
    const {OMP_NUM_THREADS, MKL_NUM_THREADS, OPENBLAS_NUM_THREADS} = contractVariables({
      ...RESOURCES,
      cpus: 3,
    });
    expect([OMP_NUM_THREADS, MKL_NUM_THREADS, OPENBLAS_NUM_THREADS]).toEqual(['3', '3', '3']);
    expect(contractVariables({...RESOURCES, gpus: 8}).REPRO_GPUS).toBe('8');
  });

  it('takes only what all CPUs have in common where the pipeline says portable', () => {
    expect(contractVariables({...RESOURCES, portable: true})).toMatchObject({
      MKL_CBWR: 'COMPATIBLE',
      REPRO_PORTABLE: '1',
    });
    expect(contractVariables({...RESOURCES, portable: false})).toEqual(contractVariables(RESOURCES));
  });

  it('sets what the contract says, whatever variables a user has', () => {
    expect(contractVariables(RESOURCES)).toMatchObject({
      PYTHONHASHSEED: '0',
      TZ: 'UTC',
      LC_ALL: 'C.UTF-8',
      TOKENIZERS_PARALLELISM: 'false',
      HF_HUB_OFFLINE: '1',
      OMP_DYNAMIC: 'FALSE',
      MKL_DYNAMIC: 'FALSE',
      CUBLAS_WORKSPACE_CONFIG: ':4096:8',
      TORCHINDUCTOR_DETERMINISTIC: '1',
      FLASH_ATTENTION_DETERMINISTIC: '1',
      NCCL_ALGO: 'Ring',
      NCCL_PROTO: 'Simple',
      VLLM_BATCH_INVARIANT: '1',
      VLLM_ENABLE_V1_MULTIPROCESSING: '0',
    });
  });
});

describe('the receipt that is used again', () => {
  const here = hardwareClass({cpu: 'here'});
  const [mine, b, a] = ['here', 'b', 'a'].map((cpu) => aReceipt({model: blob('model')}, {facts: {cpu}}));
  const others = [b, a].flatMap((receipt) => receipt ?? []);
  const all = [...others, mine].flatMap((receipt) => receipt ?? []);

  it('is one of this class where there is one, any where any will do, none where none may be', () => {
    expect(chooseReceipt(all, 'same-class', here)).toBe(mine);
    expect(chooseReceipt(all, 'any', here)).toBe(mine);
    expect(chooseReceipt(all, 'none', here)).toBeUndefined();
    expect(chooseReceipt(others, 'same-class', here)).toBeUndefined();
    expect(chooseReceipt([], 'any', here)).toBeUndefined();
  });

  it('does not depend on the order in which others are found', () => {
    expect(chooseReceipt(others, 'any', here)).toBe(chooseReceipt([...others].reverse(), 'any', here));
  });
});

describe('two documents', () => {
  it('are compared leaf by leaf, by name', () => {
    const before = {a: 1, b: {c: [1, 2]}, gone: null, same: 'x'};
    const after = {b: {c: [1, 3, 4]}, a: '1', same: 'x', come: true};
    expect(compareDocuments(before, after)).toEqual([
      {path: 'a', before: 1, after: '1'},
      {path: 'b.c[1]', before: 2, after: 3},
      {path: 'b.c[2]', before: undefined, after: 4},
      {path: 'come', before: undefined, after: true},
      {path: 'gone', before: null, after: undefined},
    ]);
    expect(compareDocuments(before, {...before})).toEqual([]);
    expect(compareDocuments({a: [1]}, {a: {0: 1}})).toEqual([{path: 'a', before: [1], after: {0: 1}}]);
  });
});

describe('the code of a stage folder', () => {
  it('is all of it but what can not change what it does', () => {
    const code = [
      'main.py',
      'lib/main.py',
      'readme.md',
      'data/README.txt',
      'contest_x.py',
      'stage.yaml',
      'lib/',
    ];
    const other = [
      'README.md',
      'lib/README.md',
      'test_main.py',
      'lib/test_x.py',
      'tests/',
      'lib/tests/',
      '__pycache__/',
      'main.pyc',
      '.git/',
      '.env',
      'lib/.hidden',
    ];
    expect(code.filter((path) => !isCode(path))).toEqual([]);
    expect(other.filter(isCode)).toEqual([]);
  });

  it('that can not be stored names what stands in the way', () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'main.py'), '');
    const index = StatIndex.load(join(temporaryDirectory(), 'index'));
    expect(stageCode(folder, index)).toMatchObject({
      ok: true,
      value: {manifest: {entries: [{path: 'main.py'}]}},
    });
    symlinkSync('/etc/passwd', join(folder, 'lib/link'));
    expect(stageCode(folder, index)).toEqual({
      ok: false,
      error: expect.stringContaining(`${folder}: "lib/link" is a symbolic link`),
    });
  });
});
