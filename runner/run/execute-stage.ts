import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {StoreError} from '../../artifacts/store-error.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import {fileNameOf} from '../../schemas/names.ts';
import type {PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import type {Identified} from '../identity/key-document.ts';
import {type Reply, readReply} from './read-reply.ts';
import type {RunContext} from './run-context.ts';
import {clearForResume, fillScratch, linkCode} from './scratch.ts';
import {runStageProcess, type StageProcess} from './stage-process.ts';

/** A stage that has been resumed this often is going in circles. */
const MOST_RESUMES = 1000;

export interface Execution {
  readonly stage: PlannedStage;
  readonly identified: Identified;
  /** Where the inputs' bytes are known to be in the store. */
  readonly artifact: (input: SingleInput) => Artifact;
}

/** The log of a stage in a run's directory. */
export function logFile(logs: string, stage: PlannedStage): string {
  return join(logs, `${fileNameOf(stage.name)}.log`);
}

/**
 * Executes a stage until it succeeds or its retries are spent. Nothing of a failed attempt stays: its
 * scratch goes, and no receipt is written. What is returned has everything in the store, durably.
 */
export async function executeStage(
  execution: Execution,
  context: RunContext,
): Promise<Result<Receipt, StageFailure>> {
  const {stage} = execution;
  const environment = await context.supplies.environment(stage.environment);
  if (!environment.ok) return environment;
  for (let attempt = 1; ; attempt++) {
    context.emit({event: 'stage-started', stage: stage.name, key: execution.identified.key, attempt});
    const result = await attemptAtTheSeam(execution, environment.value, attempt, context);
    if (result.ok || attempt > stage.retries || result.error.code === 'interrupted') return result;
    emitFailure(stage, result.error, true, context);
  }
}

/** The one place where the unexpected is caught, so that one stage's trouble can't take the run along. */
async function attemptAtTheSeam(
  execution: Execution,
  environment: ReadyEnvironment,
  attempt: number,
  context: RunContext,
): Promise<Result<Receipt, StageFailure>> {
  const scratch = context.scratches.take();
  try {
    return await attemptStage(execution, environment, {attempt, scratch}, context);
  } catch (error) {
    return err(failureOf(error));
  } finally {
    context.scratches.giveBack(scratch);
  }
}

export function failureOf(error: unknown): StageFailure {
  if (error instanceof StoreError) {
    return {code: 'store', storeCode: error.code, subject: error.subject, why: error.message};
  }
  return {code: 'unexpected', why: error instanceof Error ? (error.stack ?? error.message) : String(error)};
}

async function attemptStage(
  {stage, identified, artifact}: Execution,
  environment: ReadyEnvironment,
  {attempt, scratch}: {readonly attempt: number; readonly scratch: string},
  context: RunContext,
): Promise<Result<Receipt, StageFailure>> {
  const startedAt = context.now();
  const {artifacts} = context.store;
  // Behind bubblewrap inputs can't be written and nothing outlives the stage; without it, both could.
  const confined = context.sandbox.name === 'bubblewrap';
  const code = await context.supplies.code(stage.folder);
  const sdk = await context.supplies.sdk();
  const {document} = identified;
  const links = await fillScratch(artifacts, scratch, {stage, document, artifact, link: confined});
  if (!confined) linkCode(scratch, code.directory, sdk.directory);
  const log = logFile(context.logs, stage);
  const prepared = {stage, document, environment, scratch, log, code: code.directory, sdk: sdk.directory};
  const ended = await runToItsEnd(prepared, context);
  if (!ended.ok) return ended;
  if (!confined) await artifacts.verifyUnchanged(links);
  if (!confined && !(code.unchanged() && sdk.unchanged())) return err({code: 'code-changed'});
  const reply = await readReply(artifacts, scratch, stage, confined ? 'link' : 'copy');
  if (!reply.ok) return reply;
  const seconds = (context.now() - startedAt) / 1000;
  const facts = {startedAt, seconds, attempt, resumed: ended.value, log};
  return ok(await receiptOf({stage, identified}, reply.value, facts, context));
}

/** Runs the stage's program, again from its checkpoint when it asks for that. Gives how often it was resumed. */
async function runToItsEnd(
  prepared: StageProcess,
  context: RunContext,
): Promise<Result<number, StageFailure>> {
  for (let resumed = 0; ; resumed++) {
    const exit = await runStageProcess(prepared, context);
    if (exit.how === 'failed') return err(exit.failure);
    if (exit.how === 'done') return ok(resumed);
    if (resumed >= MOST_RESUMES) return err({code: 'never-finished', resumed});
    clearForResume(prepared.scratch);
  }
}

interface Facts {
  readonly startedAt: number;
  readonly seconds: number;
  readonly attempt: number;
  readonly resumed: number;
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
    receipt: 1,
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
      resumed: facts.resumed,
      effective: reply.effective,
      metrics: reply.metrics,
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
