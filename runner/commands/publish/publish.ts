import type {Bucket} from '../../../artifacts/bucket/bucket.ts';
import {openBucket} from '../../../artifacts/open/open-bucket.ts';
import {fromBucket} from '../../../artifacts/remote/bucket-trouble.ts';
import {leanHeap} from '../../../artifacts/remote/limit-heap-growth.ts';
import {openRemote} from '../../../artifacts/remote/open-remote.ts';
import {type Pushed, pushArtifacts} from '../../../artifacts/remote/push.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {DiagnosticCode} from '../../../schemas/diagnostic-code.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {DEFAULT_KEY} from '../../attest/key-file.ts';
import type {Signer} from '../../attest/signer.ts';
import {chooseSigner} from '../../opening/published/choose-signer.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {type Contents, publishedArtifactOf} from '../../publish/contents.ts';
import {publicAddress} from '../../publish/public-address.ts';
import {publishRun} from '../../publish/publish-run.ts';
import {type PublishableRun, unconfined} from '../../publish/publishable.ts';
import {publishedText, publishingText, sentText} from '../../report/publish-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {type FoundStore, findStore} from '../../stores/find-store.ts';
import {openPublishable, type PublishableHere} from './open-publishable.ts';
import {searchForSecrets} from './search-for-secrets.ts';

export interface PublishOptions {
  readonly run: string | undefined;
  readonly to: string;
  readonly key: string | undefined;
  readonly sshKey: string | undefined;
  readonly stores: readonly string[];
  readonly allowed: readonly string[];
  readonly dryRun: boolean;
  /** Without: the record, its source and the signatures, which is what a chained replay needs. */
  readonly withArtifacts: boolean;
  readonly json: boolean;
}

/** `repro publish [RUN] --to PLACE`: everything that could stand in the way is asked before anything is sent. */
export async function publish(options: PublishOptions, world: World): Promise<ExitCode> {
  leanHeap();
  const {json} = options;
  const place = placeOf(options.to, world);
  if (!place.ok) return refuse([place.error], world, json);
  const signer = await chooseSigner(options, world);
  if (!signer.ok) return refuse([signer.error], world, json);
  const opened = await openPublishable(options, world);
  if (!opened.ok) return refuse(opened.error, world, json);
  try {
    const {run, contents} = opened.value;
    announce(options, run, signer.value, world);
    warn(warningsOf(run, contents), world);
    const searched = await searchForSecrets(opened.value, options, world);
    if (!searched.ok) return refuse(searched.error, world, json);
    if (options.dryRun) return rehearsed(options, world);
    return await send(opened.value, place.value, signer.value, options, world);
  } finally {
    await opened.value.store.close();
  }
}

function announce(
  {to, key, sshKey, json}: PublishOptions,
  run: PublishableRun,
  signer: Signer,
  world: World,
): void {
  if (json) return;
  const signed = {name: sshKey ?? key ?? DEFAULT_KEY, text: signer.key.text};
  const {name} = run.record.pipeline;
  const text = {name, run: run.digest, stages: run.receipts.size, to, signer: signed};
  world.out.write(publishingText(text, chooseStyle(world.variables, world.out.isTerminal)));
}

function rehearsed({json, to}: PublishOptions, world: World): ExitCode {
  world.out.write(json ? `${JSON.stringify({published: false, to})}\n` : 'nothing was sent (--dry-run)\n');
  return ExitCode.ok;
}

/** Artifacts, then the record that names them, then the publication that names the record. */
async function send(
  {run, contents, store}: PublishableHere,
  place: FoundStore,
  signer: Signer,
  {json, withArtifacts}: PublishOptions,
  world: World,
): Promise<ExitCode> {
  const bucket = await open(place);
  try {
    const remote = openRemote(bucket);
    // A receipt must never be visible before what it names.
    const receipts = withArtifacts ? [...run.receipts.values()] : [];
    const artifacts = contents.artifacts.map((artifact) => publishedArtifactOf(artifact));
    const sent = await pushArtifacts(remote, store, artifacts, {receipts});
    const record = await pushArtifacts(remote, store, [{type: 'blob', digest: run.digest, size: 0}]);
    warn(disputed(run, sent), world);
    const published = await publishRun({
      run,
      signer,
      bucket,
      contents: withArtifacts ? 'all' : 'record',
      now: world.now,
    });
    if (!published.ok) return refuse([problem('not-signed', published.error)], world, json);
    const url = publicAddress(place, published.value.publication);
    const told = {...published.value, name: run.record.pipeline.name, url, key: signer.key.text};
    const counts = sum(sent, record);
    world.out.write(
      json
        ? `${JSON.stringify({published: true, run: run.digest, ...told, ...counts})}\n`
        : sentText(counts) + publishedText(told, chooseStyle(world.variables, world.out.isTerminal)),
    );
    return ExitCode.ok;
  } finally {
    await bucket.close();
  }
}

async function open(place: FoundStore): Promise<Bucket> {
  try {
    return await openBucket(place);
  } catch (error) {
    throw fromBucket(error, place.url);
  }
}

function sum(a: Pushed, b: Pushed) {
  return {sent: a.sent + b.sent, bytes: a.bytes + b.bytes, present: a.present + b.present};
}

function placeOf(word: string, world: World): Result<FoundStore, Diagnostic> {
  const found = findStore(word, world);
  if (!found.ok || found.value.access === 'read-write') return found;
  return err(problem('read-only-store', `${word} can only be read from`, 'publish to a bucket or a folder'));
}

function warningsOf(run: PublishableRun, {elsewhere}: Contents): readonly Diagnostic[] {
  const free = unconfined(run);
  return [
    ...(free.length === 0
      ? []
      : [
          warning(
            'no-sandbox',
            `${listed(free)} ran without a sandbox, and could have read what they did not declare`,
          ),
        ]),
    ...(elsewhere.length === 0
      ? []
      : [
          warning(
            'not-included',
            `not in the store, so not published: ${listed(elsewhere.map(({what}) => what))}`,
            'whoever replays the run must get them from where the pipeline says',
          ),
        ]),
  ];
}

/** Somebody has told other bits there for the same key and hardware. */
function disputed({receipts}: PublishableRun, {receipts: told}: Pushed): readonly Diagnostic[] {
  const names = [...receipts.keys()].filter((_, i) => told[i]?.state === 'nondeterminism');
  if (names.length === 0) return [];
  return [
    warning(
      'nondeterminism',
      `the store has other results for the same keys and hardware: ${listed(names)}`,
      'they were left as they are; this publication has its own',
    ),
  ];
}

const MOST_NAMES = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

function warning(code: DiagnosticCode, message: string, help?: string): Diagnostic {
  return {severity: 'warning', code, message, ...(help !== undefined && {help})};
}
