import {encodeManifest, manifestOf, treeOf} from '../../artifacts/trees/manifest.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import {digestFromHex} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type FetchOptions, fetchSource} from '../sources/fetch-source.ts';
import type {ProjectAddress} from './project-address.ts';
import type {StrangerContent} from './project-content.ts';

type FetchedPlace = Exclude<ProjectAddress, {from: 'publication'}>;

/** A repository at a commit, or a pipeline file by its SHA-256. It uses the kinds of stages that this repro has. */
export async function bringFetched(
  place: FetchedPlace,
  options: FetchOptions,
): Promise<Result<StrangerContent, string>> {
  const project = place.from === 'git' ? await repository(place, options) : await singleFile(place, options);
  const {entries} = await readManifest(options.store, project);
  if (!entries.some(({path}) => path === place.file)) return err(`there is no file ${place.file} in it`);
  return ok({project, stages: undefined, file: place.file, profile: undefined, overrides: []});
}

async function repository(
  {url, commit}: Extract<ProjectAddress, {from: 'git'}>,
  options: FetchOptions,
): Promise<TreeArtifact> {
  const {artifact} = await fetchSource(
    {type: 'tree', location: {from: 'git', url, commit}},
    undefined,
    options,
  );
  if (artifact.type !== 'tree') throw new Error('a repository is a tree');
  return artifact;
}

async function singleFile(
  {url, sha256, file: path}: Extract<ProjectAddress, {from: 'https'}>,
  options: FetchOptions,
): Promise<TreeArtifact> {
  const pin = digestFromHex(sha256);
  const {artifact} = await fetchSource({type: 'blob', location: {from: 'https', url}}, pin, options);
  const manifest = manifestOf([{path, size: artifact.size, executable: false, digest: artifact.digest}]);
  await options.store.write(encodeManifest(manifest));
  return treeOf(manifest);
}
