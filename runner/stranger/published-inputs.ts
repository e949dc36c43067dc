import type {OpenStore} from '../../artifacts/disk/local-store.ts';
import {fetchObjects} from '../../artifacts/remote/into-store.ts';
import type {RemoteStore} from '../../artifacts/remote/open-remote.ts';
import {pullArtifacts} from '../../artifacts/remote/pull.ts';
import type {TransferOptions} from '../../artifacts/remote/transfer.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {treeOf} from '../../artifacts/trees/manifest.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Digest} from '../../schemas/digest.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {inputsOf} from '../audit/check-graph.ts';
import {doneStages} from '../audit/done-stages.ts';
import {isTree} from '../audit/run-holdings.ts';

/**
 * What a published run read and did not make, out of its bucket into the local store, as far as it is there: a source
 * that was a file of its author's can be had nowhere else. What is not there stays where the pipeline says.
 */
export async function bringPublishedInputs(
  record: RunRecord2,
  remote: RemoteStore,
  local: OpenStore,
  options: TransferOptions,
): Promise<Result<undefined, string>> {
  const absent = await local.artifacts.missing(readFromElsewhere(record));
  for (const digest of absent) {
    const trouble = (await isTree(remote.bucket, digest))
      ? await bringTree(digest, remote, local, options)
      : (await fetchObjects(remote, local, [{digest}]))[0];
    if (trouble !== undefined && trouble.code !== 'missing') return err(trouble.message);
  }
  return ok(undefined);
}

function readFromElsewhere(record: RunRecord2): readonly Digest[] {
  const stages = doneStages(record);
  const made = new Set(
    stages.flatMap(({receipt}) => Object.values(receipt.outputs).map(({digest}) => digest)),
  );
  const read = stages.flatMap(({receipt}) => inputsOf(receipt).map(({digest}) => digest));
  return read.filter((digest) => !made.has(digest));
}

async function bringTree(
  digest: Digest,
  remote: RemoteStore,
  local: OpenStore,
  options: TransferOptions,
): Promise<StoreError | undefined> {
  try {
    const tree = treeOf(await readManifest(remote.artifacts, digest));
    return (await pullArtifacts(remote, local, [tree], options)).troubles[0];
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'unavailable') return error;
    throw error;
  }
}
