import type {ArtifactStore} from '../../../artifacts/store.ts';
import {StoreError} from '../../../artifacts/store-error.ts';
import {readManifest} from '../../../artifacts/trees/materialise.ts';
import type {TreeEntry} from '../../../schemas/artifact.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {isIndexShape, parseState, type StateDocument, statePath} from '../../compare/trace/state-document.ts';
import {boundariesOf, type Training} from './training.ts';

export interface PublishedStates {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** What is wrong with the tree as a whole. */
  readonly findings: readonly string[];
}

export const COMPLETIONS = 'completions.jsonl';

/**
 * The published states of a training, all of them looked at: there is one after each boundary and no other, in the one
 * form, at the chain that the trace has there, and every tensor that it names is there under its digest.
 */
export async function readStates(
  training: Training,
  chainAfter: (step: number) => string | undefined,
  store: ArtifactStore,
): Promise<PublishedStates> {
  const {entries: files} = await readManifest(store, training.boundaries);
  const entries = new Map(files.map((entry) => [entry.path, entry]));
  const steps = boundariesOf(training);
  const expected = new Set(steps.map(statePath));
  const findings = [
    ...files.flatMap(({path, digest}) => stranger(path, hexOf(digest), expected)),
    ...(await indexFindings(training, entries, store)),
  ];
  for (const step of steps) {
    const state = await readState(step, entries, store);
    const wrong = state.ok ? wrongIn(state.value, chainAfter(step), entries) : state.error;
    if (wrong !== undefined) findings.push(`the state after step ${step} ${wrong}`);
  }
  return {entries, findings};
}

function wrongIn(
  state: StateDocument,
  chain: string | undefined,
  entries: ReadonlyMap<string, TreeEntry>,
): string | undefined {
  if (state.chain !== chain) return 'is of another trace: its chain is not the trace’s there';
  return lackingTensors(state, entries);
}

/** One state, or what is wrong with it. */
export async function readState(
  step: number,
  entries: ReadonlyMap<string, TreeEntry>,
  store: ArtifactStore,
): Promise<Result<StateDocument, string>> {
  const entry = entries.get(statePath(step));
  if (entry === undefined) return err('is not there');
  return parseState(await readJson(entry, store), step);
}

/** Where its tensors are; each once. */
export function tensorPaths({tensors}: StateDocument): readonly string[] {
  const digests = Object.values(tensors).map(({sha256}) => sha256);
  return [...new Set(digests)].map((digest) => `tensors/${digest.slice(0, 2)}/${digest}`);
}

/** `lacks 2 of its tensors, first …`; undefined when all are there. */
export function lackingTensors(
  state: StateDocument,
  entries: ReadonlyMap<string, TreeEntry>,
): string | undefined {
  const [first, ...more] = tensorPaths(state).filter((path) => !entries.has(path));
  return first === undefined ? undefined : `lacks ${more.length + 1} of its tensors, first ${first}`;
}

/** What has no place in such a tree, or not under this name. */
function stranger(path: string, hex: string, states: ReadonlySet<string>): readonly string[] {
  if (path === 'index.json' || path === COMPLETIONS || states.has(path)) return [];
  const tensor = /^tensors\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(path);
  if (tensor === null) return [`${JSON.stringify(path)} is no state after a boundary`];
  const [, folder, name] = tensor;
  return name === hex && name.startsWith(folder ?? '') ? [] : [`${path} is not named by its digest`];
}

async function indexFindings(
  training: Training,
  entries: ReadonlyMap<string, TreeEntry>,
  store: ArtifactStore,
): Promise<readonly string[]> {
  const entry = entries.get('index.json');
  if (entry === undefined) return ['the states have no index.json'];
  const value = await readJson(entry, store);
  const expected = {boundaries: 1, every: training.every, steps: boundariesOf(training)};
  return value !== undefined && isIndexShape(value) && canonicalJson(value) === canonicalJson(expected)
    ? []
    : ['the states’ index.json says something else than the params do'];
}

/** Undefined when it is no JSON: no shape fits that. */
async function readJson(entry: TreeEntry, store: ArtifactStore): Promise<Json | undefined> {
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(await store.read(entry.digest));
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'malformed') throw error;
    return undefined;
  }
}
