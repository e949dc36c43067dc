import {join} from 'node:path';
import {diskTroubleOf} from '../../artifacts/disk-trouble.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {SkipReason, StageFailure} from '../../schemas/failure.ts';
import {fileNameOf} from '../../schemas/names.ts';
import type {PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {Interruption, MemoryHeld, Receipt} from '../../schemas/receipt.ts';
import {err, type Result} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import type {Identified} from '../identity/key-document.ts';
import type {AdmissionSlot} from './admission-slot.ts';
import {traceFault} from './check-trace.ts';
import {type CheckpointKey, FRESH, hasCheckpoint} from './checkpoints.ts';
import {logEnd} from './log-end.ts';
import {type Reply, readReply} from './read-reply.ts';
import {fingerprintOf} from './resume-fingerprint.ts';
import type {RunContext} from './run-context.ts';
import {type Ended, keepAfterFailure, keepCheckpoint, type Prepared, runToItsEnd} from './run-to-its-end.ts';
import {fillScratch, linkCode, type Segments} from './scratch.ts';

export interface StageExecution {
  readonly stage: PlannedStage;
  readonly identified: Identified;
  /** Where the inputs' bytes are known to be in the store. */
  readonly artifact: (input: SingleInput) => Artifact;
  readonly slot: AdmissionSlot;
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
  /** `kept`: where its folder is, for people to look into. */
  | {readonly how: 'failed'; readonly failure: StageFailure; readonly kept?: string}
  /** Its turn came when the run was already stopping. */
  | {readonly how: 'stopped'; readonly reason: SkipReason};

/**
 * Executes a stage until it succeeds or its retries are spent. A failed attempt leaves no receipt; what it had to go on
 * from is the next attempt's, and the folder of the last one is kept to be looked into. What is returned has everything
 * in the store, durably.
 */
export async function executeStage(execution: StageExecution, context: RunContext): Promise<StageEnd> {
  const {stage} = execution;
  const environment = await context.supplies.environment(stage.environment);
  if (!environment.ok) return {how: 'failed', failure: environment.error};
  for (let attempt = 1; ; attempt++) {
    // What an attempt left is this run's own, also where those of earlier runs are not wanted.
    const isOwn = attempt > 1 && context.checkpoints.isOwn(claimOf(execution, context));
    const mayResume = execution.mayResume || isOwn;
    const isLast = attempt > stage.retries;
    const end = await attemptAtTheSeam(
      {...execution, mayResume},
      environment.value,
      {attempt, isLast},
      context,
    );
    if (end.how !== 'failed' || isLast || end.failure.code === 'interrupted') return end;
    emitFailure(stage, end.failure, true, context);
    execution.slot.leave();
  }
}

/** The one place where the unexpected is caught, so that one stage's trouble can't take the run along. */
async function attemptAtTheSeam(
  execution: StageExecution,
  environment: ReadyEnvironment,
  {attempt, isLast}: {readonly attempt: number; readonly isLast: boolean},
  context: RunContext,
): Promise<StageEnd> {
  const scratch = context.scratches.take();
  try {
    const end = await attemptStage(execution, environment, {attempt, scratch}, context);
    return end.how === 'failed' && isLast ? keepFolder(end, scratch, execution, context) : end;
  } catch (error) {
    return {how: 'failed', failure: stageFailureOf(error, scratch)};
  } finally {
    context.scratches.giveBack(scratch);
  }
}

/** Of a stage that failed by itself. What repro could not do, or was told not to, its folder doesn't explain. */
function keepFolder(
  end: StageEnd & {readonly how: 'failed'},
  scratch: string,
  execution: StageExecution,
  {failed, checkpoints, scratches, logs, ...context}: RunContext,
): StageEnd {
  if (!OWN_FAILURES.has(end.failure.code) || scratches.isSpoiled(scratch)) return end;
  const {stage} = execution;
  const moved = checkpoints.filesOf(claimOf(execution, context));
  const log = logEnd(logFile(logs, stage), MOST_LOG_BYTES);
  const kept = failed.keep(scratch, {name: fileNameOf(stage.name), log, moved});
  return kept === undefined ? end : {...end, kept};
}

const OWN_FAILURES: ReadonlySet<StageFailure['code']> = new Set([
  'exited',
  'signalled',
  'timed-out',
  'memory-limit',
  'process-limit',
  'never-finished',
  'output-refused',
  'reply-malformed',
  'value-missing',
  'value-mistyped',
]);

/** `where`: what it was about, for a system that doesn't say. */
export function stageFailureOf(error: unknown, where: string | null = null): StageFailure {
  if (error instanceof StoreError) {
    return {code: 'store', storeCode: error.code, subject: error.subject, why: error.message};
  }
  const trouble = diskTroubleOf(error);
  if (trouble !== undefined) return {code: 'disk', ...trouble, path: trouble.path ?? where};
  return {code: 'unexpected', why: error instanceof Error ? (error.stack ?? error.message) : String(error)};
}

async function attemptStage(
  execution: StageExecution,
  environment: ReadyEnvironment,
  {attempt, scratch}: {readonly attempt: number; readonly scratch: string},
  context: RunContext,
): Promise<StageEnd> {
  const {stage, identified, slot: place} = execution;
  const prepared = await prepare(execution, environment, scratch, context);
  const stopped = await place.enter();
  if (stopped !== undefined) return {how: 'stopped', reason: stopped};
  context.emit({event: 'stage-started', stage: stage.name, key: identified.key, attempt});
  const startedAt = context.now();
  const ended = await runToItsEnd(prepared, place.gpus(), context);
  // A failed stage keeps its place until the run knows, so that nothing starts in it that should not.
  if (!ended.ok) return {how: 'failed', failure: ended.error};
  const seconds = (context.now() - startedAt) / 1000;
  place.leave();
  const reply = await collectOrKeep(stage, prepared, ended.value, context);
  if (!reply.ok) return {how: 'failed', failure: reply.error};
  for (const left of reply.value.leftOut) {
    context.emit({event: 'stage-left-out', stage: stage.name, ...left});
  }
  const facts = {
    startedAt,
    seconds,
    attempt,
    interruptions: ended.value.interruptions,
    memory: ended.value.memory,
    log: prepared.process.log,
  };
  return {how: 'done', receipt: await receiptOf({stage, identified}, reply.value, facts, context)};
}

function claimOf(
  {stage, identified: {key}}: StageExecution,
  {facts}: Pick<RunContext, 'facts'>,
): CheckpointKey {
  return {key, hardware: facts.hardware(stage.resources).digest};
}

async function prepare(
  execution: StageExecution,
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
  const history = mayResume ? context.checkpoints.adopt(claim, scratch) : FRESH;
  context.checkpoints.claim(scratch, claim, history);
  return {
    process: {stage, document, environment, log, ...directories},
    code: [code, sdk],
    links,
    checkpointKey: claim,
    history,
    from: hasCheckpoint(scratch) ? fingerprintOf(scratch) : undefined,
    mayKeep: segments === undefined,
  };
}

async function collect(
  stage: PlannedStage,
  {process: {scratch, document}, code, links, mayKeep}: Prepared,
  context: RunContext,
): Promise<Result<Reply, StageFailure>> {
  // Some steps done again have lines without those before them: their trace is held against the recorded one.
  const broken = mayKeep ? await traceFault(scratch, stage, document) : undefined;
  if (broken !== undefined) return err({code: 'reply-malformed', file: 'trace.jsonl', why: broken});
  const {artifacts} = context.store;
  if (context.sandbox.name === 'bubblewrap') return readReply(artifacts, scratch, stage, 'link');
  await artifacts.verifyUnchanged(links);
  if (!code.every((each) => each.unchanged())) return err({code: 'code-changed'});
  // Linked only when nothing of the stage lives that could still write to what was taken.
  return readReply(artifacts, scratch, stage, context.scratches.isSpoiled(scratch) ? 'copy' : 'link');
}

/** A store that is full when a long training has ended must not cost the training. */
async function collectOrKeep(
  stage: PlannedStage,
  prepared: Prepared,
  ended: Ended,
  context: RunContext,
): Promise<Result<Reply, StageFailure>> {
  try {
    const reply = await collect(stage, prepared, context);
    if (!reply.ok) keepAfterFailure(prepared, ended, context);
    return reply;
  } catch (error) {
    keepCheckpoint(prepared, {...ended, failures: prepared.history.failures}, 'killed', context);
    throw error;
  }
}

interface Facts {
  readonly startedAt: number;
  readonly seconds: number;
  readonly attempt: number;
  readonly interruptions: readonly Interruption[];
  readonly memory: MemoryHeld;
  readonly log: string;
}

async function receiptOf(
  {stage, identified}: Pick<StageExecution, 'stage' | 'identified'>,
  reply: Reply,
  facts: Facts,
  context: RunContext,
): Promise<Receipt> {
  const log = logEnd(facts.log, MOST_LOG_BYTES);
  return {
    receipt: 3,
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
      memory: facts.memory,
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

/** What a failure shows of it; lines, but a program may write none. */
const MOST_SHOWN_BYTES = 64 * 1024;

export function emitFailure(
  stage: PlannedStage,
  failure: StageFailure,
  willRetry: boolean,
  context: RunContext,
  kept: string | null = null,
): void {
  const log = logFile(context.logs, stage);
  const text = logEnd(log, MOST_SHOWN_BYTES).toString('utf8').trimEnd();
  context.emit({
    event: 'stage-failed',
    stage: stage.name,
    failure,
    lines: text === '' ? [] : text.split('\n').slice(-20),
    log: text === '' ? null : log,
    kept,
    willRetry,
  });
}
