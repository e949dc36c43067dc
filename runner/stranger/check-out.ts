import {existsSync, mkdirSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import {ownedName} from '../../artifacts/owner.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {errnoOf} from '../../artifacts/store-error.ts';
import {digestTree} from '../../artifacts/trees/digest-tree.ts';
import {materialise} from '../../artifacts/trees/materialise.ts';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {hexOf} from '../../schemas/digest.ts';
import {type StrangerContent, strangerDigest} from './project-content.ts';

/** A stranger's project as folders: the project itself, and the stages that it brought along. */
export interface CheckedOut {
  readonly project: string;
  readonly stages: string | undefined;
}

export interface StrangerFolder {
  /** Of the user's cache. */
  readonly directory: string;
  readonly store: ArtifactStore;
  readonly owner: string;
}

/** What repro itself keeps in a project: runs, timings. No part of what is theirs, and kept when it is laid down anew. */
const OWN = '.repro';

/**
 * Lays a project down under the digest of its content; hashes it again when it is there already. What somebody changed
 * in it meanwhile is thrown away: what runs is what was trusted.
 */
export async function checkOutProject(content: StrangerContent, folder: StrangerFolder): Promise<CheckedOut> {
  const home = join(folder.directory, hexOf(strangerDigest(content)));
  mkdirSync(home, {recursive: true, mode: 0o700});
  const project = await layDown(content.project, home, 'project', folder);
  const stages =
    content.stages === undefined ? undefined : await layDown(content.stages, home, 'stages', folder);
  // A project is where this folder is: without it a repository around the cache would be taken for it.
  mkdirSync(join(project, OWN), {recursive: true});
  return {project, stages};
}

async function layDown(
  tree: TreeArtifact,
  home: string,
  name: string,
  folder: StrangerFolder,
): Promise<string> {
  const place = join(home, name);
  if (isIntact(place, tree)) return place;
  const growing = join(home, ownedName(folder.owner, name));
  removeTree(growing);
  await materialise(folder.store, tree, growing, {link: false});
  if (existsSync(join(place, OWN))) renameSync(join(place, OWN), join(growing, OWN));
  removeTree(place);
  try {
    renameSync(growing, place);
  } catch (error) {
    // Another run was faster, with the same bytes.
    if (errnoOf(error) !== 'ENOTEMPTY' || !isIntact(place, tree)) throw error;
    removeTree(growing);
  }
  return place;
}

function isIntact(place: string, {digest}: TreeArtifact): boolean {
  if (!existsSync(place)) return false;
  const found = digestTree(place, {include: (path) => path !== `${OWN}/`});
  return found.ok && found.value.artifact.digest === digest;
}
