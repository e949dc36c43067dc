import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {digestsOf} from '../../../artifacts/receipt-store.ts';
import type {RemoteStore} from '../../../artifacts/remote/open-remote.ts';
import type {ArtifactStore} from '../../../artifacts/store.ts';
import {missingOf} from '../../../artifacts/trees/missing-of.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {contentsOf, publishedArtifactOf} from '../../publish/contents.ts';
import type {FoundRun} from '../../run/find-run.ts';

/** What a run consists of, by where its bytes are. */
export interface PartsOfRun {
  /** Sources, and what stages took from elsewhere; in the local store. */
  readonly artifacts: readonly Artifact[];
  /** Results whose bytes are all in the local store. */
  readonly here: readonly Receipt[];
  /** Results whose bytes only the remote store has. */
  readonly there: readonly Receipt[];
  /** Stages whose bytes neither has. */
  readonly nowhere: readonly string[];
}

export async function partsOfRun(
  found: FoundRun,
  local: OpenStore,
  remote: RemoteStore,
): Promise<PartsOfRun> {
  const here: Receipt[] = [];
  const there: Receipt[] = [];
  const nowhere: string[] = [];
  for (const stage of found.record.stages) {
    if (stage.state !== 'cached' && stage.state !== 'executed') continue;
    if (await has(local.artifacts, stage.receipt)) here.push(stage.receipt);
    else if (await has(remote.artifacts, stage.receipt)) there.push(stage.receipt);
    else nowhere.push(stage.name);
  }
  return {artifacts: await sourcesOf(found, here, local), here, there, nowhere};
}

async function has(artifacts: ArtifactStore, receipt: Receipt): Promise<boolean> {
  if ((await artifacts.missing(digestsOf(receipt))).size > 0) return false;
  return (await missingOf(artifacts, Object.values(receipt.outputs))).size === 0;
}

/** Since format 2 a record says what it was made from; that goes along, so that others can run it again. */
async function sourcesOf(
  {record, digest}: FoundRun,
  here: readonly Receipt[],
  {artifacts}: OpenStore,
): Promise<readonly Artifact[]> {
  if (record.run === 1) return [];
  const receipts = new Map(here.map((receipt) => [receipt.key as string, receipt]));
  const run = {record, digest, license: record.pipeline.license ?? '', receipts};
  const contents = await contentsOf(run, artifacts);
  const all = contents.artifacts.map((artifact) => publishedArtifactOf(artifact));
  const absent = await missingOf(
    artifacts,
    all.map((artifact) => ({...artifact, type: 'blob' as const})),
  );
  return all.filter(({digest: each}) => !absent.has(each));
}
