import {existsSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {ownedName} from '../../../artifacts/owner.ts';
import {leanHeap} from '../../../artifacts/remote/limit-heap-growth.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {pullArtifacts as fetch} from '../../../artifacts/remote/pull.ts';
import type {TransferProgress} from '../../../artifacts/remote/transfer.ts';
import {materialise} from '../../../artifacts/trees/materialise.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {fileNameOf, stageName} from '../../../schemas/names.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {chooseArtifact, type MadeArtifact} from '../../audit/choose-artifact.ts';
import {chooseKeys} from '../../opening/published/choose-keys.ts';
import type {FoundPublication} from '../../opening/published/find-publication.ts';
import {type OpenPublication, openPublication} from '../../opening/published/open-publication.ts';
import {openLocalStore} from '../../opening/stores/open-local-store.ts';
import {byteProgress} from '../../opening/world/byte-progress.ts';
import {refuse} from '../../opening/world/refuse.ts';
import {bucketTrouble, refuseBucket} from '../../opening/world/refuse-bucket.ts';
import type {World} from '../../opening/world/world.ts';
import {pulledText} from '../../report/pull-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {bytesText} from '../../words/quantity-text.ts';

export interface PullOptions {
  readonly url: string;
  /** `stage.output` or a digest; the last model by default. */
  readonly artifact: string | undefined;
  readonly to: string | undefined;
  /** Hard links into the store, where that is possible; copies otherwise. */
  readonly link: boolean;
  readonly stores: readonly string[];
  /** Whose signature to believe; all trusted keys by default. */
  readonly keys: readonly string[];
  /** Take it though nobody signed it. */
  readonly unsigned: boolean;
  readonly json: boolean;
}

/** `repro pull URL [ARTIFACT]`: what a published run made, verified, as files. Goes on where it was broken off. */
export async function pull(options: PullOptions, world: World): Promise<ExitCode> {
  leanHeap();
  const keys = chooseKeys(options.keys, world);
  if (!keys.ok) return refuse([keys.error], world, options.json);
  const wishes = {keys: keys.value, unsigned: options.unsigned, help: INSIST};
  try {
    const opened = await openPublication(options.url, wishes, world);
    if (!opened.ok) return refuse([opened.error], world, options.json);
    try {
      return await pullFrom(opened.value, options, world);
    } finally {
      await opened.value.found.bucket.close();
    }
  } catch (error) {
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return refuseBucket(trouble, world, options.json);
  }
}

const INSIST =
  'ask its author for their key, and give it with --key; to take it though nobody vouches for it: --unsigned';

async function pullFrom(
  {found, run, signer}: OpenPublication,
  options: PullOptions,
  world: World,
): Promise<ExitCode> {
  const {json} = options;
  const {record} = run;
  const made = chooseArtifact(record, options.artifact);
  if (!made.ok) return refuse([noArtifact(made.error)], world, json);
  const destination = destinationOf(made.value, record.pipeline.name, options, world);
  if (!destination.ok) return refuse([destination.error], world, json);
  const store = await openLocalStore(options.stores, world);
  if (!store.ok) return refuse([store.error], world, json);
  try {
    const fetched = await bring(found, made.value, store.value, world);
    if (!fetched.ok) return refuse([problem('not-there', fetched.error)], world, json);
    await layDown(store.value, made.value, {destination: destination.value, link: options.link}, world);
    const {stage, output, artifact} = made.value;
    const name = `${stage}.${output}`;
    const about = {run: record.pipeline.name, publication: run.digest, signed: signer.words};
    const told = {...about, name, artifact, path: destination.value};
    const style = chooseStyle(world.variables, world.out.isTerminal);
    world.out.write(
      json
        ? `${JSON.stringify({pulled: true, ...told, fetched: fetched.value})}\n`
        : pulledText({...told, fetched: fetched.value}, style),
    );
    return ExitCode.ok;
  } finally {
    await store.value.close();
  }
}

/** Into the store first: what has come stays, and is no more to be fetched the next time. */
async function bring(
  {bucket}: FoundPublication,
  {artifact}: MadeArtifact,
  store: OpenStore,
  world: World,
): Promise<Result<number, string>> {
  const words = ({bytes, totalBytes}: TransferProgress) =>
    `fetching ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
  const progress = byteProgress(world, words);
  const stop = new AbortController();
  const forget = world.onInterrupt(() => stop.abort());
  try {
    const {bytes, troubles} = await fetch(openRemote(bucket), store, [artifact], {
      onProgress: progress.show,
      signal: stop.signal,
    });
    const [first, ...others] = troubles;
    if (first === undefined) return ok(bytes);
    return err(others.length === 0 ? first.message : `${first.message} (and ${others.length} more)`);
  } finally {
    forget();
    progress.end();
  }
}

/** Beside its place, under a name that is this process's; it has its own name when it is whole. */
async function layDown(
  store: OpenStore,
  {artifact}: MadeArtifact,
  {destination, link}: {readonly destination: string; readonly link: boolean},
  {owner}: World,
): Promise<void> {
  const growing = join(dirname(destination), `.${ownedName(owner, basename(destination))}`);
  try {
    await materialise(store.artifacts, artifact, growing, {link});
    renameSync(growing, destination);
  } finally {
    rmSync(growing, {recursive: true, force: true});
  }
}

function destinationOf(
  {stage, output}: MadeArtifact,
  pipeline: string,
  {to}: PullOptions,
  world: World,
): Result<string, Diagnostic> {
  const usual = `${pipeline}-${fileNameOf(stageName(`${stage}.${output}`))}`;
  const path = resolve(world.directory, to ?? usual);
  if (!existsSync(dirname(path)))
    return err(problem('no-folder', `${dirname(path)} is not there`, 'make it first'));
  if (!existsSync(path)) return ok(path);
  return err(problem('occupied', `${path} is there already`, 'name another place: --to DIR'));
}

function noArtifact(message: string): Diagnostic {
  return problem('unknown-artifact', message, 'name one as STAGE.OUTPUT, or by its digest');
}
