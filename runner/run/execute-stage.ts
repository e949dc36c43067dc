import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {diskTroubleOf} from '../../artifacts/disk-trouble.ts';
import type {PlacedLink} from '../../artifacts/store.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
import {fileNameOf} from '../../schemas/names.ts';
import type {PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {Interruption, Receipt} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import type {Identified} from '../identity/key-document.ts';
import {type Claim, hasCheckpoint} from './checkpoints.ts';
import type {PlacedCode} from './code-room.ts';
import type {Place} from './place.ts';
import {type Reply, readReply} from './read-reply.ts';
import type {RunContext} from './run-context.ts';
import {clearForResume, fillScratch, linkCode, type Segments} from './scratch.ts';
import {runStageProcess, type StageProcess} from './stage-process.ts';

/** A stage that has been resumed this often is going in circles. */
const MOST_RESUMES = 1000;

export interface Execution {
  readonly stage: PlannedStage;
  readonly identified: Identified;
  /** Where the inputs' bytes are known to be in the store. */
  readonly artifact: (input: SingleInput) => Artifact;
  readonly place: Place;
  /** Whether it may go on from where an earlier run of it was stopped. */
  readonly mayResume: boolean;
  /** Only these steps of a training (runner/replay): the stage then declares what a part of it gives. */
  readonly segments?: Segments;
}

/** The log of a stage in a run's directory. */
export function logFile(logs: string, stage: PlannedStage): string {
  return join(logs, `${fileNameOf(stage.name)}.log`);
}

export type StageEnd =
  | {readonly how: 'done'; readonly receipt: Receipt}
  | {readonly how: 'failed'; readonly failure: StageFailure}
  /** Its turn came when the run was already stopping. */
  | {readonly how: 'stopped'; readonly reason: SkipReason};

/**
 * Executes a stage until it succeeds or its retries are spent. Nothing of a failed attempt stays: its
 * scratch goes, and no receipt is written. What is returned has everything in the store, durably.
 */
export async function executeStage(execution: Execution, context: RunContext): Promise<StageEnd> {
  const {stage} = execution;
  const environment = await context.supplies.environment(stage.environment);
  if (!environment.ok) return {how: 'failed', failure: environment.error};
  for (let attempt = 1; ; attempt++) {
    const end = await attemptAtTheSeam(execution, environment.value, attempt, context);
    if (end.how !== 'failed' || attempt > stage.retries || end.failure.code === 'interrupted') return end;
    emitFailure(stage, end.failure, true, context);
    execution.place.leave();
  }
}

/** The one place where the unexpected is caught, so that one stage's trouble can't take the run along. */
async function attemptAtTheSeam(
  execution: Execution,
  environment: ReadyEnvironment,
  attempt: number,
  context: RunContext,
): Promise<StageEnd> {
  const scratch = context.scratches.take();
  try {
    return await attemptStage(execution, environment, {attempt, scratch}, context);
  } catch (error) {
    return {how: 'failed', failure: failureOf(error, scratch)};
  } finally {
    context.scratches.giveBack(scratch);
  }
}

/** `where`: what it was about, for a system that doesn't say. */
export function failureOf(error: unknown, where: string | null = null): StageFailure {
  if (error instanceof StoreError) {
    return {code: 'store', storeCode: error.code, subject: error.subject, why: error.message};
  }
  const trouble = diskTroubleOf(error);
  if (trouble !== undefined) return {code: 'disk', ...trouble, path: trouble.path ?? where};
  return {code: 'unexpected', why: error instanceof Error ? (error.stack ?? error.message) : String(error)};
}

async function attemptStage(
  execution: Execution,
  environment: ReadyEnvironment,
  {attempt, scratch}: {readonly attempt: number; readonly scratch: string},
  context: RunContext,
): Promise<StageEnd> {
  const {stage, identified, place} = execution;
  const prepared = await prepare(execution, environment, scratch, context);
  const stopped = await place.enter();
  if (stopped !== undefined) return {how: 'stopped', reason: stopped};
  context.emit({event: 'stage-started', stage: stage.name, key: identified.key, attempt});
  const startedAt = context.now();
  const ended = await runToItsEnd(prepared, claimOf(execution, context), context);
  // A failed stage keeps its place until the run knows, so that nothing starts in it that should not.
  if (!ended.ok) return {how: 'failed', failure: ended.error};
  const seconds = (context.now() - startedAt) / 1000;
  place.leave();
  const reply = await collect(stage, prepared, context);
  if (!reply.ok) return {how: 'failed', failure: reply.error};
  for (const left of reply.value.leftOut) {
    context.emit({event: 'stage-left-out', stage: stage.name, ...left});
  }
  const facts = {startedAt, seconds, attempt, interruptions: ended.value, log: prepared.process.log};
  return {how: 'done', receipt: await receiptOf({stage, identified}, reply.value, facts, context)};
}

interface Prepared {
  readonly process: StageProcess;
  readonly code: readonly PlacedCode[];
  readonly links: readonly PlacedLink[];
  /** What had stopped it before, if it goes on from a checkpoint. */
  readonly interruptions: readonly Interruption[];
}

function claimOf({stage, identified: {key}}: Execution, {facts}: RunContext): Claim {
  return {key, hardware: facts.hardware(stage.resources).digest};
}

async function prepare(
  execution: Execution,
  environment: ReadyEnvironment,
  scratch: string,
  context: RunContext,
): Promise<Prepared> {
  // Behind bubblewrap inputs can't be written and nothing outlives the stage; without it, both could.
  const {stage, identified, artifact, mayResume, segments} = execution;
  const {document} = identified;
  const confined = context.sandbox.name === 'bubblewrap';
  const code = await context.supplies.code(stage.folder);
  const sdk = await context.supplies.sdk();
  const contents = {stage, document, artifact, link: confined, ...(segments !== undefined && {segments})};
  const links = await fillScratch(context.store.artifacts, scratch, contents);
  if (!confined) linkCode(scratch, code.directory, sdk.directory);
  const log = logFile(context.logs, stage);
  const directories = {scratch, code: code.directory, sdk: sdk.directory};
  const claim = claimOf(execution, context);
  const interruptions = mayResume ? context.checkpoints.adopt(claim, scratch) : [];
  context.checkpoints.claim(scratch, claim, interruptions);
  return {
    process: {stage, document, environment, log, ...directories},
    code: [code, sdk],
    links,
    interruptions,
  };
}

async function collect(
  stage: PlannedStage,
  {process: {scratch}, code, links}: Prepared,
  context: RunContext,
): Promise<Result<Reply, StageFailure>> {
  const {artifacts} = context.store;
  if (context.sandbox.name === 'bubblewrap') return readReply(artifacts, scratch, stage, 'link');
  await artifacts.verifyUnchanged(links);
  if (!code.every((each) => each.unchanged())) return err({code: 'code-changed'});
  // Linked only when nothing of the stage lives that could still write to what was taken.
  return readReply(artifacts, scratch, stage, context.scratches.isSpoiled(scratch) ? 'copy' : 'link');
}

/**
 * Runs the stage's program, again from its checkpoint when it asks for that. Gives what interrupted it. When it is
 * stopped or killed, what it left to go on from is kept for the next attempt or the next run.
 */
async function runToItsEnd(
  {process, interruptions: before}: Prepared,
  claim: Claim,
  context: RunContext,
): Promise<Result<readonly Interruption[], StageFailure>> {
  const {scratch} = process;
  const interruptions = [...before];
  const interrupted = (how: Interruption['how']) => {
    interruptions.push({at: new Date(context.now()).toISOString(), how});
    context.checkpoints.claim(scratch, claim, interruptions);
  };
  for (let resumed = 0; ; resumed++) {
    const exit = await runStageProcess(process, context);
    if (exit.how === 'done') return ok(interruptions);
    if (exit.how === 'failed') {
      const how = howInterrupted(exit.failure);
      if (how !== undefined && hasCheckpoint(scratch)) {
        interrupted(how);
        context.checkpoints.keep(scratch, claim, interruptions);
      }
      return err(exit.failure);
    }
    // To programs that know no contract 75 is a failure like any other; ours has left something to go on from.
    if (!hasCheckpoint(scratch)) return err({code: 'exited', exitCode: 75});
    if (resumed >= MOST_RESUMES) return err({code: 'never-finished', resumed});
    interrupted('asked');
    clearForResume(scratch);
  }
}

/** A program that failed by itself would fail again from its checkpoint; one that was stopped would not. */
function howInterrupted({code}: StageFailure): Interruption['how'] | undefined {
  if (code === 'interrupted') return 'told';
  return code === 'signalled' || code === 'lost' || code === 'timed-out' ? 'killed' : undefined;
}

interface Facts {
  readonly startedAt: number;
  readonly seconds: number;
  readonly attempt: number;
  readonly interruptions: readonly Interruption[];
  readonly log: string;
}

async function receiptOf(
  {stage, identified}: Pick<Execution, 'stage' | 'identified'>,
  reply: Reply,
  facts: Facts,
  context: RunContext,
): Promise<Receipt> {
  const log = readLog(facts.log);
  return {
    receipt: 2,
    key: identified.key,
    document: identified.document,
    outputs: reply.outputs,
    values: reply.values,
    hardware: context.facts.hardware(stage.resources),
    execution: {
      sandbox: context.sandbox.name,
      startedAt: new Date(facts.startedAt).toISOString(),
      seconds: Math.round(facts.seconds * 1000) / 1000,
      attempts: facts.attempt,
      resumed: facts.interruptions.length,
      interruptions: facts.interruptions,
      effective: reply.effective,
      metrics: reply.metrics,
      trace: reply.trace,
      log: log.length === 0 ? null : (await context.store.artifacts.write(log)).digest,
      reproVersion: context.version,
    },
  };
}

/** The newest part of it: a log is evidence, not an artifact, and may be very long. */
const MOST_LOG_BYTES = 4 * 1024 * 1024;

function readLog(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    return bytes.subarray(Math.max(0, bytes.length - MOST_LOG_BYTES));
  } catch {
    return new Uint8Array(); // It wrote nothing.
  }
}

export function emitFailure(
  stage: PlannedStage,
  failure: StageFailure,
  willRetry: boolean,
  context: RunContext,
): void {
  const log = logFile(context.logs, stage);
  const text = Buffer.from(readLog(log)).toString('utf8').trimEnd();
  context.emit({
    event: 'stage-failed',
    stage: stage.name,
    failure,
    lines: text === '' ? [] : text.split('\n').slice(-20),
    log: text === '' ? null : log,
    willRetry,
  });
}
