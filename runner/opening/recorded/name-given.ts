import {closeSync, realpathSync, statSync} from 'node:fs';
import {resolve} from 'node:path';
import {openRegularFile} from '../../../artifacts/files/open-regular-file.ts';
import {digestPatiently} from '../../../artifacts/hashing.ts';
import {digestTree} from '../../../artifacts/trees/digest-tree.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import {type Digest, isDigest, shortDigest} from '../../../schemas/digest.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord} from '../../../schemas/run-record.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import type {FileSide, TreeSide} from '../../compare/compared-files.ts';
import {type FoundRun, findRun} from '../../run/find-run.ts';

/** What a word on the command line means, and what to call it. */
export type NamedThing =
  | {readonly type: 'run'; readonly label: string; readonly record: RunRecord}
  | {readonly type: 'stage'; readonly label: string; readonly receipt: Receipt}
  | {readonly type: 'file'; readonly label: string; readonly file: FileSide}
  | {readonly type: 'folder'; readonly label: string; readonly tree: TreeSide};

export interface NameRoots {
  /** The working directory. */
  readonly directory: string;
  /** The project's `.repro`. */
  readonly project: string;
}

/**
 * A file or folder that is there comes first, then a run's stage or output, a run, and an object of the store. The
 * error says what nothing is called.
 */
export async function findNamed(
  word: string,
  roots: NameRoots,
  reader: ArtifactReader,
): Promise<Result<NamedThing, string>> {
  const path = resolve(roots.directory, word);
  const kind = kindAt(path);
  if (kind !== undefined && word !== '')
    return kind === 'file' ? openFile(word, path) : openFolder(word, path);
  const [run, part] = split(word);
  const found = run === '' ? undefined : findRun(roots.project, run);
  if (part !== undefined)
    return found === undefined ? err(`no run is called "${run}"`) : findPart(found, part, reader);
  if (found !== undefined) return ok({type: 'run', label: labelOf(found), record: found.record});
  if (!isDigest(word)) return err(`nothing is called "${word}": no file or folder, and no run`);
  return (await reader.has(word)) ? openObject(word, word, reader) : err(`the store does not have ${word}`);
}

function kindAt(path: string): 'file' | 'folder' | undefined {
  const stat = statSync(path, {throwIfNoEntry: false});
  if (stat?.isFile() === true) return 'file';
  return stat?.isDirectory() === true ? 'folder' : undefined;
}

/** `RUN:part`, where RUN may begin with `sha256:`. */
function split(word: string): readonly [run: string, part: string | undefined] {
  const from = word.startsWith('sha256:') ? 'sha256:'.length : 0;
  const colon = word.indexOf(':', from);
  return colon < 0 ? [word, undefined] : [word.slice(0, colon), word.slice(colon + 1)];
}

function labelOf({name, digest, record}: FoundRun): string {
  const {pipeline, git} = record;
  const commit =
    git === null ? '' : ` · commit ${git.commit.slice(0, 12)}${git.clean ? '' : ', tree not clean'}`;
  return `${pipeline.name} · ${pipeline.profile} · run ${name} (${shortDigest(digest)})${commit}`;
}

async function findPart(
  run: FoundRun,
  part: string,
  reader: ArtifactReader,
): Promise<Result<NamedThing, string>> {
  for (const stage of run.record.stages) {
    if (part !== stage.name && !part.startsWith(`${stage.name}.`)) continue;
    if (!('receipt' in stage)) return err(`${stage.name} has no result in ${run.name}: it ${stage.state}`);
    const label = `${run.name}:${part}`;
    if (part === stage.name) return ok({type: 'stage', label, receipt: stage.receipt});
    const output = stage.receipt.outputs[part.slice(stage.name.length + 1)];
    if (output !== undefined) return openArtifact(`${label} (${shortDigest(output.digest)})`, output, reader);
  }
  return err(`${run.name} has no stage or output "${part}"; ${wouldBe(run.record, part)}`);
}

function wouldBe({stages}: RunRecord, part: string): string {
  const stage = stages.find(({name}) => part.startsWith(`${name}.`));
  if (stage === undefined || !('receipt' in stage))
    return `its stages are ${stages.map(({name}) => name).join(', ')}`;
  return `${stage.name} gave ${Object.keys(stage.receipt.outputs).join(', ')}`;
}

async function openArtifact(
  label: string,
  artifact: Artifact,
  reader: ArtifactReader,
): Promise<Result<NamedThing, string>> {
  if (!(await reader.has(artifact.digest))) return err(`the store does not have the bytes of ${label}`);
  if (artifact.type === 'blob') return ok({type: 'file', label, file: reader.file(label, artifact.digest)});
  return ok({type: 'folder', label, tree: await reader.tree(artifact.digest)});
}

/** A digest alone doesn't say whether it is of a file or of a folder's list of files: its first bytes do. */
async function openObject(
  label: string,
  digest: Digest,
  reader: ArtifactReader,
): Promise<Result<NamedThing, string>> {
  if (await reader.isTree(digest)) return ok({type: 'folder', label, tree: await reader.tree(digest)});
  return ok({type: 'file', label, file: reader.file(label, digest)});
}

/** The user named it, so links on the way are meant; what a folder holds must be plain files. */
async function openFile(label: string, path: string): Promise<Result<NamedThing, string>> {
  const real = realpathSync(path);
  const opened = openRegularFile(real);
  if (!opened.ok) return err(`${label} can’t be read: ${opened.error.code}`);
  try {
    const {digest} = await digestPatiently(opened.value.descriptor);
    return ok({type: 'file', label, file: {name: label, digest, path: async () => real}});
  } finally {
    closeSync(opened.value.descriptor);
  }
}

function openFolder(label: string, path: string): Result<NamedThing, string> {
  const root = realpathSync(path);
  const digested = digestTree(root);
  if (!digested.ok) {
    const {code, path: where} = digested.error;
    return err(`${label} can’t be read as a folder of files: ${where === '' ? 'it' : where}: ${code}`);
  }
  const {artifact, manifest} = digested.value;
  const file = ({path: name, digest}: {path: string; digest: Digest}): FileSide => ({
    name,
    digest,
    path: async () => `${root}/${name}`,
  });
  return ok({type: 'folder', label, tree: {digest: artifact.digest, entries: manifest.entries, file}});
}
