import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {checkOutProject} from '../../stranger/check-out.ts';
import type {PipelineOptions} from '../pipeline/pipeline-options.ts';
import {directories} from '../world/directories.ts';
import type {World} from '../world/world.ts';
import type {BroughtProject} from './bring-project.ts';

/** A stranger's project as folders, which can be planned like one's own. Reading it runs nothing, so it needs no trust. */
export interface LaidDownProject extends BroughtProject {
  /** As the user wrote it. */
  readonly address: string;
  /** Its own file; its profile and params, with what the user says over them. */
  readonly options: PipelineOptions;
  /** In which the stages are those that the stranger brought along. */
  readonly world: World;
}

/** The options' `file` is the address that the project was found by. */
export async function layDown(
  {content, signed}: BroughtProject,
  {file: address, profile, overrides, stores}: PipelineOptions,
  store: OpenStore,
  world: World,
): Promise<LaidDownProject> {
  const folder = {directory: strangerFolder(world), store: store.artifacts, owner: world.owner};
  const {project, stages} = await checkOutProject(content, folder);
  const options = {
    file: join(project, content.file),
    profile: profile ?? content.profile,
    overrides: [...content.overrides, ...overrides],
    stores,
  };
  return {content, signed, address, options, world: {...world, stranger: {stages}}};
}

function strangerFolder({variables, directory}: World): string {
  return join(directories('.', variables, directory).environments, '..', 'guests');
}
