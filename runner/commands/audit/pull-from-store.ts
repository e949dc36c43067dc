import {join, resolve} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openReadableBucket} from '../../../artifacts/open/open-bucket.ts';
import {digestsOf} from '../../../artifacts/receipt-store.ts';
import {fromBucket} from '../../../artifacts/remote/bucket-trouble.ts';
import {leanHeap} from '../../../artifacts/remote/limit-heap-growth.ts';
import type {RemoteStore} from '../../../artifacts/remote/open-remote.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {pullArtifacts} from '../../../artifacts/remote/pull.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {materialise} from '../../../artifacts/trees/materialise.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {type Digest, parseDigest} from '../../../schemas/digest.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {type RunRecord, receiptsIn} from '../../../schemas/run-record.ts';
import {laterFormat, unreadable} from '../../audit/later-format.ts';
import {parseStoredRecord} from '../../audit/parse-record.ts';
import {openLocalStore} from '../../opening/stores/open-local-store.ts';
import {byteProgress} from '../../opening/world/byte-progress.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {fetchedText, progressText} from '../../report/transfer-text.ts';
import {findRun} from '../../run/find-run.ts';
import {findStore} from '../../stores/find-store.ts';

export interface PullFromStoreOptions {
  /** The digest of a run, or one of this project. */
  readonly run: string;
  readonly from: string;
  /** `stage.output`: only this one. */
  readonly artifact: string | undefined;
  /** Lays the artifact down there; without, it comes into the local store. */
  readonly to: string | undefined;
  readonly link: boolean;
  readonly stores: readonly string[];
  readonly json: boolean;
}

/** `repro pull RUN --from STORE [ARTIFACT]`: a run of one's own lab; its results are hits here afterwards. */
export async function pullFromStore(options: PullFromStoreOptions, world: World): Promise<ExitCode> {
  leanHeap();
  const {json} = options;
  const digest = digestOf(options.run, world);
  if (digest === undefined) return refuse([notARun(options.run)], world, json);
  const place = findStore(options.from, world);
  if (!place.ok) return refuse([place.error], world, json);
  const remote = openRemote(
    await openReadableBucket(place.value).catch((error: unknown) => {
      throw fromBucket(error, options.from);
    }),
  );
  try {
    const local = await openLocalStore(options.stores, world);
    if (!local.ok) return refuse([local.error], world, json);
    try {
      return await bringRun(digest, remote, local.value, options, world);
    } finally {
      await local.value.close();
    }
  } finally {
    await remote.close();
  }
}

async function bringRun(
  digest: Digest,
  remote: RemoteStore,
  local: OpenStore,
  options: PullFromStoreOptions,
  world: World,
): Promise<ExitCode> {
  const {json, to, artifact, link} = options;
  const record = await readRecord(digest, remote);
  if (!record.ok) return refuse([record.error], world, json);
  const made = outputsIn(record.value);
  const chosen = artifact === undefined ? undefined : made.get(artifact)?.artifact;
  if (artifact !== undefined && chosen === undefined) return refuse([noOutput(artifact, made)], world, json);
  const results =
    artifact === undefined ? new Set([...made.values()].map(({receipt}) => receipt)) : new Set<Receipt>();
  const wanted = chosen === undefined ? await artifactsOf(results, remote) : [chosen];
  const line = byteProgress<TransferProgress>(world, (progress) => progressText('fetching', progress));
  const pulled = await pullArtifacts(remote, local, wanted, {onProgress: (progress) => line.show(progress)});
  line.end();
  if (pulled.troubles.length === 0) for (const receipt of results) await local.receipts.put(receipt);
  if (chosen !== undefined && to !== undefined && pulled.troubles.length === 0) {
    await materialise(local.artifacts, chosen, resolve(world.directory, to), {link});
  }
  const {fetched, bytes, troubles} = pulled;
  const told = {run: digest, fetched, bytes, troubles: troubles.map(({message}) => message)};
  world.out.write(json ? `${JSON.stringify(told)}\n` : fetchedText(pulled, remote.bucket.name));
  return troubles.length === 0 ? ExitCode.ok : ExitCode.store;
}

/** Metrics and logs have a digest and no size: the bucket says it. */
async function artifactsOf(receipts: Iterable<Receipt>, remote: RemoteStore): Promise<readonly Artifact[]> {
  const all = [...receipts];
  const outputs = all.flatMap((receipt) => Object.values(receipt.outputs));
  const known = new Set(outputs.map(({digest}) => digest));
  const others = [...new Set(all.flatMap(digestsOf))].filter((digest) => !known.has(digest));
  const blobs = await Promise.all(others.map((digest) => sized(digest, remote)));
  return [...outputs, ...blobs];
}

async function sized(digest: Digest, {bucket}: RemoteStore): Promise<Artifact> {
  const {objectKey} = await import('../../../artifacts/bucket/bucket-layout.ts');
  return {type: 'blob', digest, size: (await bucket.size(objectKey(digest))) ?? 0};
}

interface Made {
  readonly receipt: Receipt;
  readonly artifact: Artifact;
}

/** By `stage.output`. */
function outputsIn(record: RunRecord): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>();
  for (const [stage, receipt] of receiptsIn(record))
    for (const [name, artifact] of Object.entries(receipt.outputs))
      made.set(`${stage}.${name}`, {receipt, artifact});
  return made;
}

async function readRecord(
  digest: Digest,
  {artifacts, bucket}: RemoteStore,
): Promise<Result<RunRecord, Diagnostic>> {
  if ((await artifacts.missing([digest])).size > 0) {
    return err(
      problem(
        'not-there',
        `${bucket.name} does not have the run ${digest}`,
        'its author can `repro push` it there',
      ),
    );
  }
  const bytes = await artifacts.read(digest);
  const record = parseStoredRecord(bytes);
  if (record.ok) return record;
  const later = laterFormat(bytes, 'run');
  const why = later === undefined ? record.error : unreadable(later, 'run');
  return err(problem('not-a-run', `${digest} is not the record of a run`, why));
}

function digestOf(run: string, world: World): Digest | undefined {
  const digest = parseDigest(/^[0-9a-f]{64}$/.test(run) ? `sha256:${run}` : run);
  return digest ?? findRun(join(projectRoot(world.directory), '.repro'), run)?.digest;
}

function notARun(run: string): Diagnostic {
  return problem(
    'unknown-run',
    `"${run}" is neither the digest of a run nor a run of this project`,
    'give all 64 digits',
  );
}

function noOutput(artifact: string, made: ReadonlyMap<string, Made>): Diagnostic {
  return problem(
    'unknown-artifact',
    `the run made no ${artifact}`,
    `it made: ${[...made.keys()].slice(0, 10).join(', ')}`,
  );
}
