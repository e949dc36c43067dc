import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {PutReceipt} from '../../../artifacts/receipt-store.ts';
import {leanHeap} from '../../../artifacts/remote/limit-heap-growth.ts';
import type {RemoteStore} from '../../../artifacts/remote/open-remote.ts';
import {pushArtifacts as send} from '../../../artifacts/remote/push.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {openShared} from '../../opening/stores/open-any-store.ts';
import {openLocalStore} from '../../opening/stores/open-local-store.ts';
import {byteProgress} from '../../opening/world/byte-progress.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {chooseStyle} from '../../report/style.ts';
import {progressText, pushText} from '../../report/transfer-text.ts';
import {type FoundRun, findRun} from '../../run/find-run.ts';
import {partsOfRun} from './parts-of-run.ts';

export interface PushOptions {
  readonly run: string | undefined;
  readonly to: string;
  readonly stores: readonly string[];
  readonly json: boolean;
}

/** `repro push [RUN] --to STORE`: whoever runs with that store need not compute what this run computed. */
export async function push(options: PushOptions, world: World): Promise<ExitCode> {
  leanHeap();
  const {json} = options;
  const found = findRun(join(projectRoot(world.directory), '.repro'), options.run);
  if (found === undefined) return refuse([unknownRun(options.run)], world, json);
  const remote = await openShared(options.to, world);
  if (!remote.ok) return refuse([remote.error], world, json);
  try {
    const local = await openLocalStore(options.stores, world);
    if (!local.ok) return refuse([local.error], world, json);
    try {
      return await pushRun(found, remote.value, local.value, options, world);
    } finally {
      await local.value.close();
    }
  } finally {
    await remote.value.close();
  }
}

async function pushRun(
  found: FoundRun,
  remote: RemoteStore,
  local: OpenStore,
  {json}: PushOptions,
  world: World,
): Promise<ExitCode> {
  const parts = await partsOfRun(found, local, remote);
  if (parts.nowhere.length > 0) return refuse([missingBytes(parts.nowhere, local, remote)], world, json);
  const line = byteProgress<TransferProgress>(world, (progress) => progressText('sending', progress));
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  const transfer = {signal: stop.signal, onProgress: (progress: TransferProgress) => line.show(progress)};
  try {
    const pushed = await send(remote, local, parts.artifacts, {receipts: parts.here, ...transfer});
    // Those whose bytes only the remote store has: they came from there, or somebody else put them there.
    const others: PutReceipt[] = [];
    for (const receipt of parts.there) others.push(await remote.receipts.put(receipt));
    // The record names everything else, so it goes last.
    const record: Artifact = {type: 'blob', digest: found.digest, size: 0};
    const last = await send(remote, local, [record], {signal: stop.signal});
    line.end();
    return report(found, remote, [...pushed.receipts, ...others], [pushed, last], json, world);
  } catch (error) {
    line.end();
    if (!stop.signal.aborted) throw error;
    world.err.write('stopped; what is there stays, and the next push goes on\n');
    return ExitCode.interrupted;
  } finally {
    forget();
  }
}

function report(
  {digest: run, record}: FoundRun,
  remote: RemoteStore,
  told: readonly PutReceipt[],
  sendings: readonly {readonly sent: number; readonly bytes: number; readonly present: number}[],
  json: boolean,
  world: World,
): ExitCode {
  const sum = (of: 'sent' | 'bytes' | 'present') => sendings.reduce((all, sending) => all + sending[of], 0);
  const pushed = {sent: sum('sent'), bytes: sum('bytes'), present: sum('present')};
  const count = (state: PutReceipt['state']) => told.filter((put) => put.state === state).length;
  const disputed = told.flatMap((put) =>
    put.state === 'nondeterminism' ? [{stage: stageOf(record, put.offered), differing: put.differing}] : [],
  );
  const text = {run, name: record.pipeline.name, to: remote.bucket.name, pushed, disputed};
  const results = {stored: count('stored'), present: count('present')};
  world.out.write(
    json
      ? `${JSON.stringify({...text, ...results})}\n`
      : pushText({...text, ...results}, chooseStyle(world.variables, world.out.isTerminal)),
  );
  return disputed.length > 0 ? ExitCode.differentBits : ExitCode.ok;
}

function stageOf({stages}: FoundRun['record'], {key}: Receipt): string {
  const stage = stages.find((each) => 'receipt' in each && each.receipt.key === key);
  return stage?.name ?? key;
}

function unknownRun(name: string | undefined): Diagnostic {
  const message = name === undefined ? 'no run has ended yet in this project' : `no run is called "${name}"`;
  return problem('unknown-run', message, 'runs are in .repro/runs');
}

function missingBytes(nowhere: readonly string[], local: OpenStore, remote: RemoteStore): Diagnostic {
  const names = `${nowhere.slice(0, 5).join(', ')}${nowhere.length > 5 ? ` and ${nowhere.length - 5} more` : ''}`;
  return problem(
    'missing-bytes',
    `neither ${local.layout.root} nor ${remote.bucket.name} has what these stages made: ${names}`,
    'run the pipeline again to make it anew, or name the store that has it: --store',
  );
}
