import {existsSync} from 'node:fs';
import {join, relative, sep} from 'node:path';
import {readSmallFile} from '../../artifacts/files/small-file.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import {encodeManifest, manifestOf, treeOf} from '../../artifacts/trees/manifest.ts';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {byCodeUnit} from '../../schemas/canonical-json.ts';
import {type Diagnostic, problem} from '../../schemas/diagnostic.ts';
import type {StageName} from '../../schemas/names.ts';
import type {Plan} from '../../schemas/plan.ts';
import type {RunCode} from '../../schemas/publication.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {GatheredFacts} from './gather-facts.ts';
import {type NameInRecord, namesInRecord} from './names-in-record.ts';
import {storeCode} from './store-code.ts';

/** What a run is made from, and where it is. */
export interface CodeParts {
  readonly plan: Plan;
  /** What runs, and all that it needs. */
  readonly selected: ReadonlySet<StageName>;
  /** The bytes that the plan was made from, by absolute path. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly code: Pick<GatheredFacts, 'codeTree' | 'otherCode' | 'sdkTree'>;
  /** Paths in a record begin here. */
  readonly projectRoot: string;
  /** Where the kinds are that come with repro. */
  readonly stagesDirectory: string;
}

/**
 * Everything that a run is made from, into the store, before it begins: what is recorded is then what ran, whatever
 * an editor does meanwhile, and a publication needs nobody's repository. Costs little where the store has it.
 * Stages that are not run come along: without their contracts nobody could read the pipeline again.
 */
export async function keepRunCode(
  parts: CodeParts,
  store: ArtifactStore,
): Promise<Result<RunCode, Diagnostic>> {
  const texts = textsOf(parts);
  const folders = foldersOf(parts);
  const ofUser = [...folders.keys()].filter(isOfUser(parts));
  const name = namesInRecord(parts.projectRoot, [...texts.keys(), ...ofUser]);
  const sdk = [join(parts.stagesDirectory, '_sdk'), parts.code.sdkTree] as const;
  for (const [folder, tree] of [...folders, sdk]) {
    const stored = await storeCode(store, folder, tree);
    if (!stored.ok) return err(problem('changed-code', stored.error));
  }
  return ok({
    file: name(parts.plan.file),
    files: await storeTexts(texts, name, store),
    folders: Object.fromEntries(
      [...folders]
        .map(([folder, {artifact}]) => [keyOf(folder, name, parts), artifact] as const)
        .sort(([a], [b]) => byCodeUnit(a, b)),
    ),
    sdk: parts.code.sdkTree.artifact,
  });
}

/** Of the user: what comes with repro is in the code of its kind. */
function textsOf(parts: CodeParts): ReadonlyMap<string, Uint8Array> {
  const texts = new Map([...parts.texts].filter(([path]) => isOfUser(parts)(path)));
  for (const lock of locksOf(parts)) texts.set(lock, lockText(lock));
  return texts;
}

/** The plan has read it a moment ago. */
function lockText(lock: string): Uint8Array {
  const read = readSmallFile(lock, {links: 'follow'});
  if (!read.ok) throw new StoreError('missing', lock, `${lock}: ${read.error.why}`);
  return read.value;
}

/** What runs must have its lock; of the rest it is kept where it is there. */
function locksOf({plan, selected}: CodeParts): readonly string[] {
  const needed = new Set(plan.stages.filter(({name}) => selected.has(name)).map((s) => s.environment));
  const named = new Set(plan.stages.map(({environment}) => environment));
  return [...named].flatMap((name) => {
    const environment = plan.environments.get(name);
    if (environment?.type !== 'python') return [];
    return needed.has(name) || existsSync(environment.lock) ? [environment.lock] : [];
  });
}

function foldersOf({plan, selected, code}: CodeParts): ReadonlyMap<string, TreeDigest> {
  const running = new Set(plan.stages.filter(({name}) => selected.has(name)).map(({folder}) => folder));
  const folders = new Map<string, TreeDigest>();
  for (const {folder} of plan.stages) {
    const tree = running.has(folder) ? ok(code.codeTree(folder)) : code.otherCode(folder);
    if (tree.ok) folders.set(folder, tree.value);
  }
  return folders;
}

function isOfUser({stagesDirectory}: CodeParts): (path: string) => boolean {
  return (path) => !path.startsWith(`${stagesDirectory}${sep}`);
}

function keyOf(folder: string, name: NameInRecord, parts: CodeParts): string {
  if (isOfUser(parts)(folder)) return name(folder);
  return `builtin:${relative(parts.stagesDirectory, folder).split(sep).join('/')}`;
}

/** One tree of all of them. Files before the manifest: where that is visible, it is complete. */
async function storeTexts(
  texts: ReadonlyMap<string, Uint8Array>,
  name: NameInRecord,
  store: ArtifactStore,
): Promise<TreeArtifact> {
  const entries = [...texts].map(([path, bytes]) => ({
    path: name(path),
    size: bytes.length,
    executable: false,
    digest: digestOfBytes(bytes),
  }));
  const manifest = manifestOf(entries);
  const tree = treeOf(manifest);
  const absent = await store.missing([tree.digest]);
  if (absent.size > 0) for (const bytes of texts.values()) await store.write(bytes);
  await store.write(encodeManifest(manifest));
  return tree;
}
