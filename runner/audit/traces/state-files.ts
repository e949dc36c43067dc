import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import type {TreeManifest} from '../../../schemas/artifact.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {isIndexShape, parseState, type StateDocument, statePath} from '../../compare/trace/state-document.ts';
import {countParam} from '../../compare/trace/trace-terms.ts';
import {readFiles} from '../read-files.ts';
import {readPublishedTree} from '../read-tree.ts';
import {stateSteps, type TracedStage} from './traced-stages.ts';

/** The states that a training recorded on its way, as documents: their tensors are read with all other bytes. */
export type StateReading =
  | {readonly state: 'none'}
  | {readonly state: 'unread'; readonly why: string}
  | {
      readonly state: 'documents';
      readonly documents: readonly StateDocument[];
      readonly findings: readonly string[];
    };

export async function stateFiles(stage: TracedStage, bucket: ReadableBucket): Promise<StateReading> {
  const {contract, receipt} = stage;
  const output = contract?.boundaries?.output;
  if (output === undefined) return {state: 'none'};
  const artifact = Object.hasOwn(receipt.outputs, output) ? receipt.outputs[output] : undefined;
  if (artifact?.type !== 'tree')
    return {state: 'documents', documents: [], findings: [`it gave no tree ${output}`]};
  const tree = await readPublishedTree(bucket, artifact);
  if (tree.state === 'absent') return {state: 'unread', why: `${output} is not there`};
  if (tree.state !== 'read') return {state: 'unread', why: `${output}: ${tree.why}`};
  return read(stage, output, tree.manifest, bucket);
}

async function read(
  stage: TracedStage,
  output: string,
  manifest: TreeManifest,
  bucket: ReadableBucket,
): Promise<StateReading> {
  const steps = stateSteps(stage);
  const expected = new Map(steps.map((step) => [statePath(step), step]));
  const files = await readFiles(
    bucket,
    manifest,
    (path) => path === 'index.json' || path.startsWith('states/'),
  );
  const unread = manifest.entries.find(
    ({path}) => (path === 'index.json' || expected.has(path)) && !files.has(path),
  );
  if (unread !== undefined) return {state: 'unread', why: `${output}: ${unread.path} can’t be read`};
  const findings = manifest.entries.flatMap(({path}) =>
    path.startsWith('states/') && !expected.has(path)
      ? [`${output}: ${JSON.stringify(path)} is the state after no boundary`]
      : [],
  );
  const index = {
    boundaries: 1,
    every: countParam(stage.receipt.document.params, stage.contract?.boundaries?.every) ?? 0,
    steps,
  };
  if (!saysSo(files.get('index.json'), index))
    findings.push(`${output}: its index.json is not what the params say`);
  const there = new Set(manifest.entries.map(({digest}) => hexOf(digest)));
  const documents: StateDocument[] = [];
  for (const [path, step] of expected) {
    const state = stateIn(files.get(path), step, there);
    if (state.ok) documents.push(state.value);
    else findings.push(`${output}: the state after step ${step} ${state.error}`);
  }
  return {state: 'documents', documents, findings};
}

function stateIn(
  bytes: Uint8Array | undefined,
  step: number,
  there: ReadonlySet<string>,
): Result<StateDocument, string> {
  if (bytes === undefined) return err('is not there');
  const state = parseState(parse(bytes), step);
  if (!state.ok) return state;
  const lacking = Object.entries(state.value.tensors).find(([, {sha256}]) => !there.has(sha256));
  return lacking === undefined ? state : err(`lacks its tensor ${JSON.stringify(lacking[0])}`);
}

function saysSo(bytes: Uint8Array | undefined, expected: Json): boolean {
  const value = bytes === undefined ? undefined : parse(bytes);
  return value !== undefined && isIndexShape(value) && canonicalJson(value) === canonicalJson(expected);
}

/** Undefined when it is no JSON: no shape fits that. */
function parse(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}
