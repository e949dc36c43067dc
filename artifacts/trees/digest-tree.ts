import {closeSync} from 'node:fs';
import type {TreeArtifact, TreeEntry, TreeManifest} from '../../schemas/artifact.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {openRegularFile} from '../files/open-regular-file.ts';
import type {StatIndex} from '../files/stat-index.ts';
import {digestOfDescriptor} from '../hashing.ts';
import type {IngestFailure} from '../ingest-failure.ts';
import {checkSizes} from './ingest.ts';
import {manifestOf, treeOf} from './manifest.ts';
import {type Include, walk} from './walk.ts';

export interface TreeDigest {
  readonly artifact: TreeArtifact;
  readonly manifest: TreeManifest;
}

export interface DigestTreeOptions {
  /** Spares hashing files that look as they did. */
  readonly index?: StatIndex;
  readonly include?: Include;
}

/** The digest that `ingestTree` would give, storing nothing: for a stage's code and for sources in place. */
export function digestTree(
  directory: string,
  options: DigestTreeOptions = {},
): Result<TreeDigest, IngestFailure> {
  const walked = walk(directory, options.include);
  if (!walked.ok) return walked;
  const {root, files} = walked.value;
  const entries: TreeEntry[] = [];
  for (const path of files) {
    const entry = digestEntry(`${root}/${path}`, path, options.index);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  const manifest = manifestOf(entries);
  const tooLarge = checkSizes(entries);
  return tooLarge === undefined ? ok({artifact: treeOf(manifest), manifest}) : err(tooLarge);
}

function digestEntry(
  file: string,
  path: string,
  index: StatIndex | undefined,
): Result<TreeEntry, IngestFailure> {
  const known = index?.recall(file);
  if (known !== undefined) {
    return ok({path, size: known.size, executable: known.executable, digest: known.digest});
  }
  const opened = openRegularFile(file, path);
  if (!opened.ok) return opened;
  const {descriptor, stat} = opened.value;
  try {
    const {digest, size} = digestOfDescriptor(descriptor);
    if (size !== stat.size) return err({code: 'changed', path});
    index?.learn(file, stat, digest);
    return ok({path, size, executable: (stat.mode & 0o111) !== 0, digest});
  } finally {
    closeSync(descriptor);
  }
}
