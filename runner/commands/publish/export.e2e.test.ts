import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {Statement} from '../../../schemas/statement.ts';
import {parseEnvelope, verifyEnvelope} from '../../attest/dsse.ts';
import {parsePublicKey} from '../../attest/public-key.ts';
import type {Entity} from '../../publish/crate-entity.ts';
import {needsValidator, validate} from '../../publish/testing/rocrate-validator.ts';
import {normalise} from '../../testing/normalise.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import {openSharedRig, type Rig} from '../../testing/rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await openSharedRig();
  rig.write({
    'train/stage.yaml': JSON.stringify(TRAIN),
    'train/train.sh': 'mkdir outputs/model; cat inputs/words > outputs/model/weights.bin; echo trained',
    'evaluate-own/stage.yaml': JSON.stringify(EVALUATE),
  });
  rig.pipeline(STAGES, ABOUT);
  await rig.run();
  await rig.repro(['keys', 'new']);
});
afterAll(() => rig[Symbol.asyncDispose]());

describe('repro export --format ro-crate', () => {
  it('writes a crate with a step, a control and an action for each stage, and all that they took and gave', async () => {
    expect(await exported('ro-crate', 'crate')).toMatchInlineSnapshot(`
      "<root>/crate: 3 documents and 8 artifacts
      [0]"
    `);
    const folder = join(rig.root, 'crate');
    expect(filesIn(folder).filter((path) => !path.startsWith('code/repro-sdk/'))).toMatchInlineSnapshot(`
      [
        "README.md",
        "code/builtin-command/stage.yaml",
        "code/evaluate-own/stage.yaml",
        "code/train/stage.yaml",
        "code/train/train.sh",
        "outputs/evaluate/report",
        "outputs/train/model/weights.bin",
        "outputs/words/out",
        "ro-crate-metadata.json",
        "run-record.json",
        "source/bare.lock.txt",
        "source/evaluate-own/stage.yaml",
        "source/p.yaml",
        "source/train/stage.yaml",
      ]
    `);
    const graph = graphOf(folder);
    expect(ids(graph, 'HowToStep')).toEqual(['#step/words', '#step/train', '#step/evaluate']);
    expect(ids(graph, 'ControlAction')).toHaveLength(3);
    expect(ids(graph, 'CreateAction')).toEqual([
      '#action/words',
      '#action/train',
      '#action/evaluate',
      '#run',
    ]);
    expect(entity(graph, '#action/train')).toMatchObject({
      instrument: {'@id': '#kind/train'},
      object: [{'@id': 'outputs/words/out'}, {'@id': '#param/train/rate'}, {'@id': '#param/train/seed'}],
      result: {'@id': 'outputs/train/model/'},
    });
    expect(entity(graph, '#action/evaluate')?.result).toEqual([
      {'@id': 'outputs/evaluate/report'},
      {'@id': '#value/evaluate/accuracy'},
      {'@id': '#value/evaluate/note'},
    ]);
    // Nothing in it refers to what is not in it, but for profiles, terms and content elsewhere.
    const known = new Set(graph.map(({'@id': id}) => id));
    const loose =
      JSON.stringify(graph)
        .match(/"@id":"[^"]*"/g)
        ?.map((text) => text.slice(7, -1)) ?? [];
    expect(loose.filter((id) => !known.has(id) && !/^(https:|urn:|ni:)/.test(id))).toEqual([]);
  });

  it('passes the validator: all that is required, and most that is recommended', async (context) => {
    needsValidator(context);
    await exported('ro-crate', 'validated');
    const folder = join(rig.root, 'validated');
    const {checks, issues} = validate(folder, 'RECOMMENDED');
    expect(issues.filter(({severity}) => severity === 'REQUIRED')).toEqual([]);
    expect(checks).toBeGreaterThan(180);
    // No domain is ours, and one author here belongs to nobody.
    expect([...new Set(issues.map(({message}) => message))].sort()).toMatchInlineSnapshot(`
      [
        "The SoftwareApplication id SHOULD be an absolute URI",
        "The author SHOULD have a Contextual Entity which specifies the organizational \`affiliation\`.",
        "The author SHOULD have an organizational affiliation.",
        "The organization SHOULD have a URL.",
      ]
    `);
  });

  it('would not pass without a license', async (context) => {
    needsValidator(context);
    await exported('ro-crate', 'broken');
    const folder = join(rig.root, 'broken');
    const file = join(folder, 'ro-crate-metadata.json');
    const document = JSON.parse(readFileSync(file, 'utf8'));
    for (const each of document['@graph']) if (each['@id'] === './') delete each.license;
    writeFileSync(file, JSON.stringify(document));
    expect(validate(folder, 'REQUIRED').issues).not.toEqual([]);
  });
});

describe('repro export --format model-card', () => {
  it('writes what the hub reads and what people read', async () => {
    await exported('model-card', 'card');
    const card = readFileSync(join(rig.root, 'card/README.md'), 'utf8');
    expect(card.replaceAll(/[0-9a-f]{64}/g, '<hex>')).toMatchInlineSnapshot(`
      "---
      license: "cc-by-4.0"
      tags:
      - repro
      model-index:
      - name: "tiny"
        results:
        - task:
            type: text-generation
          dataset:
            name: "evaluate"
            type: "evaluate"
          metrics:
          - type: "accuracy"
            value: 0.75
            name: "accuracy of evaluate"
      ---

      # tiny

      A test.

      By Ada Lovelace, Grace \\| \\<Hopper\\>. License: CC-BY-4.0.

      ## Citation

      Lovelace 1843. Notes.

      ## Results

      | stage | metric | value |
      | --- | --- | --- |
      | evaluate | accuracy | 0.75 |

      ## How it was made

      Run \`sha256:<hex>\`, profile default, seed 1.

      | stage | kind | output | SHA-256 |
      | --- | --- | --- | --- |
      | words | command | out | \`<hex>\` |
      | train | train | model | \`<hex>\` |
      | evaluate | evaluate-own | report | \`<hex>\` |

      The digest of a folder is that of its manifest, which lists every file with its own.

      ## How to check it

      Every stage is recorded with its code, its inputs, its environment and the hardware it ran on, and signed by the author.
      \`repro audit URL --key KEY\` checks a published run without executing anything, and \`repro replay\` makes it again,
      bit for bit on the same class of hardware. The author’s \`repro publish\` prints the line to use.
      "
    `);
  });
});

describe('repro export --format intoto', () => {
  it('writes a signed statement for each stage, with the record that they are about', async () => {
    await exported('intoto', 'bundle');
    const folder = join(rig.root, 'bundle');
    expect(filesIn(folder)).toEqual(['run-record.json', 'tiny.intoto.jsonl']);
    const text = readFileSync(join(folder, 'run-record.json'), 'utf8');
    const record = JSON.parse(text) as RunRecord2;
    expect(canonicalJson(record)).toBe(text);
    const statements = await verified(join(folder, 'tiny.intoto.jsonl'));
    expect(statements.map(({predicate}) => predicate.buildDefinition.externalParameters.stage)).toEqual(
      Object.keys(STAGES),
    );
    for (const {predicate} of statements)
      expect(predicate.runDetails.metadata.invocationId).toBe(digestOfBytes(text));
  });
});

it('a folder that is there is never written to', async () => {
  expect(await exported('model-card', 'project')).toMatchInlineSnapshot(`
    "error[occupied]: <root>/project is there already
      help: name a folder that is not there yet: --to
    [2]"
  `);
});

const ABOUT = {
  license: 'CC-BY-4.0',
  authors: [
    {name: 'Ada Lovelace', orcid: '0000-0001-2345-6789', affiliation: 'Analytical Engines'},
    {name: 'Grace | <Hopper>'},
  ],
  citation: 'Lovelace 1843. Notes.',
  params: {rate: {type: 'number', default: 0.001}},
};
const TRAIN = {
  stage: 1,
  kind: 'train',
  seed: true,
  command: ['sh', `\${stage}/train.sh`, `\${params.rate}`, `\${inputs.words}`, `\${outputs.model}`],
  params: {rate: {type: 'number'}},
  inputs: {words: {kind: 'text'}},
  outputs: {model: {kind: 'model', type: 'tree'}},
};
const EVALUATE = {
  stage: 1,
  kind: 'evaluate-own',
  command: [
    'sh',
    '-c',
    `echo '{"accuracy": 0.75, "note": "fine"}' > values.json; echo done > outputs/report`,
  ],
  inputs: {model: {kind: 'model'}},
  outputs: {report: {kind: 'text', type: 'blob'}},
  values: {accuracy: {type: 'number'}, note: {type: 'string'}},
};
const STAGES = {
  words: shell('printf hello > outputs/out'),
  train: {uses: './train', inputs: {words: from('words.out')}, with: {rate: from('params.rate')}},
  evaluate: {uses: './evaluate-own', inputs: {model: from('train.model')}},
};

async function exported(format: string, folder: string): Promise<string> {
  const {stdout, stderr, code} = await rig.repro(['export', '--format', format, '--to', `../${folder}`]);
  return `${normalise(stdout + stderr, rig)}[${code}]`;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function graphOf(folder: string): readonly Entity[] {
  return JSON.parse(readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8'))['@graph'];
}

function ids(graph: readonly Entity[], type: string): readonly string[] {
  return graph.filter((each) => each['@type'] === type).map((each) => each['@id']);
}

function entity(graph: readonly Entity[], id: string): Entity | undefined {
  return graph.find((each) => each['@id'] === id);
}

async function verified(file: string): Promise<readonly Statement[]> {
  const key = parsePublicKey(readFileSync(join(rig.home, '.config/repro/keys/default.pub'), 'utf8'));
  if (!key.ok) throw new Error(key.error);
  const statements: Statement[] = [];
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const envelope = parseEnvelope(Buffer.from(line));
    const seen = envelope.ok
      ? await verifyEnvelope(envelope.value, [{name: 'ada', key: key.value}], {})
      : envelope;
    if (!seen.ok) throw new Error(seen.error);
    statements.push(JSON.parse(Buffer.from(seen.value.payload).toString()));
  }
  return statements;
}
