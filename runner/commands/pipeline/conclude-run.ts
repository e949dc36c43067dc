import {dirname} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageFailure} from '../../../schemas/failure.ts';
import {exitCodeOfFailures} from '../../../schemas/failure-exit.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {OpenPipeline} from '../../opening/pipeline/open-pipeline.ts';
import type {Session} from '../../opening/pipeline/run-session.ts';
import type {World} from '../../opening/world/world.ts';
import {gitState} from '../../provenance/git-state.ts';
import {failureText} from '../../report/failure-text.ts';
import {readTimings, writeTimings} from '../../run/run-directory.ts';
import type {RunResult} from '../../run/run-plan.ts';
import {keepRecord, type RunFacts, runRecord} from '../../run/run-record.ts';
import type {Shared} from './share-results.ts';

/** A run that came to its end, however it did. */
export interface EndedRun extends Pick<RunFacts, 'overrides' | 'source' | 'startedAt'> {
  readonly opened: OpenPipeline;
  readonly session: Session;
  readonly result: RunResult;
  readonly shared: Shared;
}

/** Writes the record, says how it ended, and turns that into what the process ends with. */
export async function concludeRun(ended: EndedRun, world: World): Promise<ExitCode> {
  const {result, shared, session, startedAt} = ended;
  const {context, directory, project, isPreempted} = session;
  const seconds = (world.now() - startedAt) / 1000;
  const record = await recordOf(ended, seconds, world);
  const {run, trouble} = await keepRecord(record, context.store.artifacts, directory);
  if (trouble !== undefined) context.emit({event: 'warning', message: recordLost(trouble)});
  rememberTimings(project, result);
  const code = isPreempted() ? ExitCode.tryAgain : exitCodeOfRun(record.outcome, result, shared);
  const exitCode = trouble !== undefined && code === ExitCode.ok ? ExitCode.store : code;
  const count = (state: string) => record.stages.filter((stage) => stage.state === state).length;
  context.emit({
    event: 'run-finished',
    outcome: record.outcome,
    seconds,
    executed: count('executed'),
    cached: count('cached'),
    failed: count('failed'),
    skipped: count('skipped'),
    secondsSaved: secondsSaved(result),
    run,
    exitCode,
  });
  return exitCode;
}

async function recordOf(ended: EndedRun, seconds: number, world: World): Promise<RunRecord2> {
  const {opened, session, result, overrides, source, startedAt} = ended;
  const interrupted = session.context.stop.cleanly.aborted;
  const git = await gitState(dirname(opened.plan.file), world.variables);
  const text = digestOfBytes(opened.texts.get(opened.plan.file) ?? '');
  return runRecord(opened.plan, result, {overrides, source, startedAt, seconds, git, interrupted, text});
}

function recordLost(trouble: StageFailure): string {
  const {reason, help} = failureText(trouble);
  const next = help === undefined ? '' : `; ${help}`;
  return `this run’s record could not be written, so it can’t be shown or published: ${reason}; its results are kept${next}`;
}

function exitCodeOfRun(
  outcome: 'succeeded' | 'failed' | 'interrupted',
  result: RunResult,
  shared: Shared,
): ExitCode {
  if (outcome === 'interrupted') return ExitCode.interrupted;
  const failures = [...result.outcomes.values()].flatMap((stage) =>
    stage.state === 'failed' ? [stage.failure] : [],
  );
  if (outcome === 'failed') return exitCodeOfFailures(failures);
  if (result.nondeterministic || shared.differs) return ExitCode.differentBits;
  // Everything is made, and not where others could find it.
  return shared.failed ? ExitCode.store : ExitCode.ok;
}

function secondsSaved({outcomes}: RunResult): number {
  let seconds = 0;
  for (const outcome of outcomes.values()) {
    if (outcome.state === 'cached') seconds += outcome.receipt.execution.seconds;
  }
  return seconds;
}

function rememberTimings(project: string, {outcomes}: RunResult): void {
  const timings: Record<string, number> = {...readTimings(project)};
  for (const [name, outcome] of outcomes) {
    if (outcome.state === 'executed') timings[name] = outcome.receipt.execution.seconds;
  }
  writeTimings(project, timings);
}
