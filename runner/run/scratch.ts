import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ArtifactStore, PlacedLink} from '../../artifacts/store.ts';
import {materialise} from '../../artifacts/trees/materialise.ts';
import type {Artifact, TreeArtifact} from '../../schemas/artifact.ts';
import type {InputBinding, PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';

export interface ScratchContents {
  readonly stage: PlannedStage;
  readonly document: KeyDocument;
  readonly code: TreeArtifact;
  readonly sdk: TreeArtifact;
  readonly artifact: (input: SingleInput) => Artifact;
  /** Hard links when nothing in the scratch can be written through; copies otherwise. */
  readonly link: boolean;
}

/** What is in every scratch directory and never to be written by the stage. */
export const READ_ONLY = ['request.json', 'stage', 'sdk', 'inputs'] as const;

/** The world of one stage: request, code, inputs, and empty places for what it gives. */
export async function prepareScratch(
  store: ArtifactStore,
  directory: string,
  contents: ScratchContents,
): Promise<readonly PlacedLink[]> {
  mkdirSync(directory, {recursive: true, mode: 0o700});
  for (const name of ['inputs', 'outputs', 'resume', 'tmp']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'request.json'), `${JSON.stringify(request(contents), null, 2)}\n`);
  const links: PlacedLink[] = [];
  const place = async (artifact: Artifact, path: string) => {
    const placed = await materialise(store, artifact, join(directory, path), {link: contents.link});
    links.push(...placed.links);
  };
  await place(contents.code, 'stage');
  await place(contents.sdk, 'sdk');
  for (const [name, binding] of contents.stage.inputs) {
    for (const [path, input] of placesOf(`inputs/${name}`, binding, directory)) {
      await place(contents.artifact(input), path);
    }
  }
  return links;
}

/** A `many` input is a folder with one entry for each label. */
function placesOf(
  path: string,
  binding: InputBinding,
  directory: string,
): readonly (readonly [string, SingleInput])[] {
  if (binding.from !== 'many') return [[path, binding]];
  mkdirSync(join(directory, path));
  return binding.members.map(({label, input}) => [`${path}/${label}`, input] as const);
}

/** The contract's side of the runner: schemas/request.ts describes it. */
function request({stage, document}: ScratchContents): object {
  return {
    contract: 1,
    stage: stage.name,
    kind: stage.kind,
    ...(stage.seed === undefined ? {} : {seed: stage.seed}),
    params: document.params,
    inputs: paths('inputs', stage.inputs.keys()),
    outputs: paths('outputs', stage.outputs.keys()),
    values: Object.fromEntries(stage.values),
    files: {
      values: 'values.json',
      metrics: 'metrics.jsonl',
      trace: 'trace.jsonl',
      progress: 'progress.jsonl',
      effective: 'effective.json',
    },
    resume: 'resume',
  };
}

function paths(folder: string, names: Iterable<string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...names].map((name) => [name, `${folder}/${name}`]));
}

/** Before another attempt: what the last one left may not be taken for this one's. */
export function clearReplies(directory: string, keep: 'resume' | 'nothing'): void {
  const names = [
    'outputs',
    'tmp',
    'values.json',
    'metrics.jsonl',
    'trace.jsonl',
    'progress.jsonl',
    'effective.json',
  ];
  for (const name of names) {
    // What a resumed stage has recorded so far is a part of its result.
    if (keep === 'resume' && name.endsWith('.jsonl')) continue;
    rmSync(join(directory, name), {recursive: true, force: true});
  }
  if (keep === 'nothing') rmSync(join(directory, 'resume'), {recursive: true, force: true});
  for (const name of ['outputs', 'tmp', 'resume']) mkdirSync(join(directory, name), {recursive: true});
}

export function removeScratch(directory: string): void {
  if (existsSync(directory)) rmSync(directory, {recursive: true, force: true, maxRetries: 3});
}
