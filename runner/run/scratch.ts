import {
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  openSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import type {ArtifactStore, PlacedLink} from '../../artifacts/store.ts';
import {materialise} from '../../artifacts/trees/materialise.ts';
import {makePlainFolder} from '../../artifacts/trees/plain-folder.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {InputBinding, PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';
import type {StageRequest} from '../../schemas/request.ts';

export interface ScratchContents {
  readonly stage: PlannedStage;
  readonly document: KeyDocument;
  readonly artifact: (input: SingleInput) => Artifact;
  /** Hard links when nothing in the scratch can be written through; copies otherwise. */
  readonly link: boolean;
  readonly segments?: Segments;
}

/** Ranges of a training's steps, each from the state that was recorded after step `after`; 0 is the start. */
export interface Segments {
  /** The recorded states; undefined when every range starts at 0. */
  readonly boundaries: Artifact | undefined;
  readonly ranges: readonly {readonly after: number; readonly steps: number}[];
}

/** Beside the declared inputs, and of a name that none of them can have. */
const BOUNDARIES = 'inputs/.boundaries';

/** What the stage is given beside its code, and never to be written by it. */
export const GIVEN = ['request.json', 'inputs'] as const;

/** Puts into an empty scratch directory what one stage needs: its request and its inputs. */
export async function fillScratch(
  store: ArtifactStore,
  directory: string,
  contents: ScratchContents,
): Promise<readonly PlacedLink[]> {
  writeRequest(join(directory, 'request.json'), `${JSON.stringify(request(contents), null, 2)}\n`);
  const links: PlacedLink[] = [];
  for (const [name, binding] of contents.stage.inputs) {
    for (const [path, input] of placesOf(`inputs/${name}`, binding, directory)) {
      const placed = await materialise(store, contents.artifact(input), join(directory, path), {
        link: contents.link,
      });
      links.push(...placed.links);
    }
  }
  const recorded = contents.segments?.boundaries;
  if (recorded !== undefined) {
    const placed = await materialise(store, recorded, join(directory, BOUNDARIES), {link: contents.link});
    links.push(...placed.links);
  }
  return links;
}

/** Into the file of the stage before, when that is still the plain file it was. */
function writeRequest(path: string, text: string): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  try {
    // Cut after, not before: ext4 takes a file that is emptied and written for a careless replacement, and flushes it.
    writeFileSync(descriptor, text);
    ftruncateSync(descriptor, Buffer.byteLength(text));
    fchmodSync(descriptor, 0o644);
  } finally {
    closeSync(descriptor);
  }
}

/** Without a sandbox there are no mounts, so the stage sees its code through links. */
export function linkCode(directory: string, code: string, sdk: string): void {
  link(join(directory, 'stage'), code);
  link(join(directory, 'sdk'), sdk);
}

/** Most often it is there from the stage before, and right. */
function link(path: string, target: string): void {
  if (linkTarget(path) === target) return;
  removeTree(path);
  symlinkSync(target, path);
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // A directory, or nothing.
  }
}

/** A `many` input is a folder with one entry for each label. */
function placesOf(
  path: string,
  binding: InputBinding,
  directory: string,
): readonly (readonly [string, SingleInput])[] {
  if (binding.from !== 'many') return [[path, binding]];
  makePlainFolder(join(directory, path));
  return binding.members.map(({label, input}) => [`${path}/${label}`, input] as const);
}

/** The contract's side of the runner. */
function request({stage, document, segments}: ScratchContents): StageRequest {
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
    ...(segments !== undefined && {segments: {boundaries: BOUNDARIES, ranges: [...segments.ranges]}}),
  };
}

function paths(folder: string, names: Iterable<string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...names].map((name) => [name, `${folder}/${name}`]));
}

/** Before a stage goes on from its checkpoint: what it left of its outputs may not be taken for the new ones. */
export function clearForResume(directory: string): void {
  // Its metrics and trace so far stay: they are a part of its result.
  for (const name of ['outputs', 'tmp', 'values.json', 'effective.json']) removeTree(join(directory, name));
  for (const name of ['outputs', 'tmp']) makePlainFolder(join(directory, name));
}
