import type {OpenStore} from '../../artifacts/disk/local-store.ts';
import type {RemoteStore} from '../../artifacts/remote/open-remote.ts';
import {pullArtifacts} from '../../artifacts/remote/pull.ts';
import type {TransferOptions} from '../../artifacts/remote/transfer.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {mergeTrees} from './merge-trees.ts';
import type {StrangerContent} from './project-content.ts';

const BUILT_IN = 'builtin:';

/** The source of a published run out of its bucket, every byte checked. It runs the code that it was published with. */
export async function bringPublished(
  record: RunRecord2,
  remote: RemoteStore,
  local: OpenStore,
  options: TransferOptions,
): Promise<Result<StrangerContent, string>> {
  const {files, folders, sdk} = record.source;
  const {troubles} = await pullArtifacts(remote, local, [files, sdk, ...Object.values(folders)], options);
  const [trouble] = troubles;
  return trouble === undefined ? contentOf(record, local.artifacts) : err(trouble.message);
}

/** The source of a recorded run whose bytes are in this store: what it ran, whatever the project is now. */
export async function contentOf(
  record: RunRecord2,
  store: ArtifactStore,
): Promise<Result<StrangerContent, string>> {
  const {file, files, folders, sdk} = record.source;
  const all = Object.entries(folders);
  const own = all.filter(([folder]) => !folder.startsWith(BUILT_IN));
  const kinds = all.filter(([folder]) => folder.startsWith(BUILT_IN));
  const project = await mergeTrees(
    [{folder: '', tree: files}, ...own.map(([folder, tree]) => ({folder, tree}))],
    store,
  );
  if (!project.ok) return project;
  const stages = await mergeTrees(
    [
      {folder: '_sdk', tree: sdk},
      ...kinds.map(([folder, tree]) => ({folder: folder.slice(BUILT_IN.length), tree})),
    ],
    store,
  );
  if (!stages.ok) return stages;
  const {profile, overrides} = record.pipeline;
  return ok({project: project.value, stages: stages.value, file, profile, overrides});
}
