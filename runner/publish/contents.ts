import {LIMITS} from '../../artifacts/path-rules.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {parseManifest} from '../../artifacts/trees/parse-manifest.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import type {PublishableRun} from './publishable.ts';

/** An artifact, and what a person knows it as: `output model of train`. */
export interface NamedArtifact {
  readonly what: string;
  readonly type: Artifact['type'];
  readonly digest: Digest;
  /** With its size, where a receipt or a record says it. */
  readonly claim?: Artifact;
}

export interface Contents {
  /** Each digest once, under the first name it has. */
  readonly artifacts: readonly NamedArtifact[];
  /** What stages took from elsewhere and the store does not have: it stays where the pipeline says. */
  readonly elsewhere: readonly NamedArtifact[];
}

/** All that is published with a run: what its stages gave and took, what they said, and what it was made from. */
export async function contentsOf(
  run: PublishableRun,
  store: ArtifactStore,
  extent: 'everything' | 'source' = 'everything',
): Promise<Contents> {
  const {files, folders, sdk} = run.record.source;
  const made = [...run.receipts].flatMap(([stage, receipt]) => madeBy(stage, receipt));
  const source = [
    named('the pipeline’s files', files),
    ...Object.entries(folders).map(([folder, tree]) => named(`the code of ${folder}`, tree)),
    named('the stages’ Python package', sdk),
  ];
  if (extent === 'source') return {artifacts: eachOnce(source), elsewhere: []};
  const taken = await takenFromElsewhere(run, new Set(made.map(({digest}) => digest)), store);
  return {artifacts: eachOnce([...made, ...source, ...taken.here]), elsewhere: taken.elsewhere};
}

function madeBy(stage: string, receipt: Receipt): readonly NamedArtifact[] {
  const {log, metrics} = receipt.execution;
  const said = {log, metrics, trace: traceOf(receipt)};
  return [
    ...Object.entries(receipt.outputs).map(([name, artifact]) =>
      named(`output ${name} of ${stage}`, artifact),
    ),
    ...Object.entries(said).flatMap(([what, digest]) =>
      digest === null ? [] : [blob(`the ${what} of ${stage}`, digest)],
    ),
  ];
}

/** Sources, and what stages gave that this run left out. A receipt has their digests and no more. */
async function takenFromElsewhere(run: PublishableRun, made: ReadonlySet<Digest>, store: ArtifactStore) {
  const inputs = [...run.receipts].flatMap(([stage, {document}]) => inputsOf(stage, document.inputs));
  const foreign = eachOnce(inputs.filter(({digest}) => !made.has(digest)));
  const absent = await store.missing(foreign.map(({digest}) => digest));
  const here: NamedArtifact[] = [];
  for (const input of foreign) {
    if (absent.has(input.digest)) continue;
    here.push({...input, type: (await isTree(store, input.digest)) ? 'tree' : 'blob'});
  }
  return {here, elsewhere: foreign.filter(({digest}) => absent.has(digest))};
}

function inputsOf(stage: string, inputs: Receipt['document']['inputs']): readonly NamedArtifact[] {
  return Object.entries(inputs).flatMap(([name, input]) =>
    (typeof input === 'string' ? [input] : Object.values(input)).map((digest) =>
      blob(`input ${name} of ${stage}`, digest),
    ),
  );
}

const BEGINNING = Buffer.from('{"entries":[');

/** A tree's object is its manifest, which can't be anything else by accident. */
async function isTree(store: ArtifactStore, digest: Digest): Promise<boolean> {
  for await (const chunk of store.stream(digest)) {
    if (!Buffer.from(chunk.subarray(0, BEGINNING.length)).equals(BEGINNING)) return false;
    break;
  }
  try {
    return parseManifest(await store.read(digest, LIMITS.manifestBytes)).ok;
  } catch {
    return false; // Larger than a manifest may be.
  }
}

/** For a store, which asks for the digest and, of what it does not have, for the size. */
export function publishedArtifactOf({claim, type, digest}: NamedArtifact, size = 0): Artifact {
  if (claim !== undefined) return claim;
  return type === 'tree' ? {type, digest, size, files: 0} : {type, digest, size};
}

function named(what: string, claim: Artifact): NamedArtifact {
  return {what, type: claim.type, digest: claim.digest, claim};
}

function blob(what: string, digest: Digest): NamedArtifact {
  return {what, type: 'blob', digest};
}

function eachOnce(artifacts: readonly NamedArtifact[]): readonly NamedArtifact[] {
  const first = new Map<Digest, NamedArtifact>();
  for (const artifact of artifacts) if (!first.has(artifact.digest)) first.set(artifact.digest, artifact);
  return [...first.values()];
}
