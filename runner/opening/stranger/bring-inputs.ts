import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {bringPublishedInputs} from '../../stranger/published-inputs.ts';
import {bytesText} from '../../words/quantity-text.ts';
import type {PipelineOptions} from '../pipeline/pipeline-options.ts';
import {findPublication} from '../published/find-publication.ts';
import {openLocalStore} from '../stores/open-local-store.ts';
import {byteProgress} from '../world/byte-progress.ts';
import type {World} from '../world/world.ts';
import type {BroughtProject} from './bring-project.ts';

/** The sources of a published run out of its bucket, once it is trusted. For a guest of another sort: nothing. */
export async function bringInputs(
  {record}: BroughtProject,
  {file: url, stores}: PipelineOptions,
  world: World,
): Promise<Result<undefined, Diagnostic>> {
  if (record === undefined) return ok(undefined);
  const store = await openLocalStore(stores, world);
  if (!store.ok) return store;
  const found = await findPublication(url, world);
  if (!found.ok) return found;
  const words = ({bytes, totalBytes}: TransferProgress) =>
    `fetching sources: ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
  const progress = byteProgress(world, words);
  try {
    const remote = openRemote(found.value.bucket);
    const brought = await bringPublishedInputs(record, remote, store.value, {onProgress: progress.show});
    if (brought.ok) return brought;
    return err(problem('no-source', `its sources can’t be had: ${brought.error}`));
  } finally {
    progress.end();
    await found.value.bucket.close();
    await store.value.close();
  }
}
