import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {bringPublishedInputs} from '../../stranger/published-inputs.ts';
import {bytesText} from '../../words/quantity-text.ts';
import {byteProgress} from '../world/byte-progress.ts';
import type {World} from '../world/world.ts';
import type {FoundProject} from './find-project.ts';

/** The sources of a published run out of its bucket, once it is trusted. What is from elsewhere fetches its own. */
export async function bringInputs(
  project: FoundProject,
  store: OpenStore,
  world: World,
): Promise<Result<undefined, Diagnostic>> {
  if (project.from !== 'publication') return ok(undefined);
  const {run, found} = project.publication;
  const words = ({bytes, totalBytes}: TransferProgress) =>
    `fetching sources: ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
  const progress = byteProgress(world, words);
  try {
    const remote = openRemote(found.bucket);
    const brought = await bringPublishedInputs(run.record, remote, store, {onProgress: progress.show});
    if (brought.ok) return brought;
    return err(problem('no-source', `its sources can’t be had: ${brought.error}`));
  } finally {
    progress.end();
  }
}
