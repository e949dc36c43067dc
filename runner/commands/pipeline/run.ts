import {dirname} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Stuck} from '../../../artifacts/files/remove-tree.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {recover} from '../../../artifacts/upkeep/recover.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageFailure} from '../../../schemas/failure.ts';
import {exitCodeOfFailures} from '../../../schemas/failure-exit.ts';
import type {StageName} from '../../../schemas/names.ts';
import {
  type OpenPipeline,
  openPipeline,
  readFacts,
  stagesDirectory,
} from '../../opening/pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import {
  checkpointsFolder,
  openSession,
  type Session,
  scratchFolder,
} from '../../opening/pipeline/run-session.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {refuse, refuseUnknownStage, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {gitState} from '../../provenance/git-state.ts';
import {failureText} from '../../report/failure-text.ts';
import {stuckText} from '../../report/stuck-text.ts';
import {rescueCheckpoints} from '../../run/checkpoints.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import {keepRunCode} from '../../run/run-code.ts';
import {readTimings, writeTimings} from '../../run/run-directory.ts';
import {type RunResult, runPlan} from '../../run/run-plan.ts';
import {keepRecord, type RunFacts, runRecord} from '../../run/run-record.ts';
import {type Selection, selectStages} from '../../run/select-stages.ts';
import {openStores} from '../../stores/open-stores.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import {rememberNoOp} from './remember-no-op.ts';
import {type Shared, shareResults} from './share-results.ts';

/** `repro run`: load, plan, check what it depends on, execute, record, report. */
export async function run(options: RunCommandOptions, world: World): Promise<ExitCode> {
  if (isProjectAddress(options.file)) return runGuest(options, world);
  const startedAt = world.now();
  const opened = openPipeline(options, world);
  if (!opened.ok) return refuse(opened.error, world, options.json);
  const {plan, directories, warnings} = opened.value;
  warn(warnings, world);
  const chosen = selectStages(plan, selectionOf(options));
  if (!chosen.ok) return refuseUnknownStage(chosen.unknown, plan, world);
  const facts = await readFacts(opened.value, chosen.concerned, world);
  if (!facts.ok) return refuse(facts.error, world, options.json);

  const store = await openStores(opened.value.stores, storeContext(world, facts.value));
  const scratch = [scratchFolder(store.layout), directories.environments];
  const checkpointed = {
    room: checkpointsFolder(store.layout),
    scratches: scratchFolder(store.layout),
    now: startedAt,
  };
  rescueCheckpoints(checkpointed, world.isAlive);
  const {stuck} = recover(store.layout, {isAlive: world.isAlive, scratch});
  if (stuck.length > 0) warn([leftOver(stuck)], world);
  const source = await sourceOf(opened.value, chosen.concerned, facts.value, store, world);
  if (!source.ok) return refuse([source.error], world, options.json);
  const session = await openSession({options, opened: opened.value, store, facts: facts.value}, world);
  if (!session.ok) return refuse([session.error], world, options.json);
  try {
    const result = await runPlan(
      plan,
      {...runOptions(options), selected: chosen.selected, concerned: chosen.concerned},
      session.value.context,
    );
    const made = {overrides: options.overrides, source: source.value};
    const shared = await shareResults(store, opened.value.stores, result, session.value.context);
    const code = await conclude(opened.value, {...made, shared}, result, session.value, startedAt, world);
    if (code === ExitCode.ok) {
      rememberNoOp({options, opened: opened.value, facts: facts.value, store, result, startedAt}, world);
    }
    return code;
  } finally {
    await session.value.close();
    await store.close();
  }
}

/** Somebody else's pipeline: fetched, verified and trusted first, and then a pipeline like any other. */
async function runGuest(options: RunCommandOptions, world: World): Promise<ExitCode> {
  const {openStranger} = await import('../../opening/stranger/open-stranger.ts');
  const guest = await openStranger(options, world);
  return guest.ok ? run(guest.value.options, guest.value.world) : refuse(guest.error, world, options.json);
}

function leftOver(stuck: readonly Stuck[]): Diagnostic {
  return {severity: 'warning', code: 'leftovers', message: stuckText(stuck)};
}

/** What is recorded is what runs: kept before anything does. */
function sourceOf(
  {plan, texts, directories}: OpenPipeline,
  selected: ReadonlySet<StageName>,
  code: GatheredFacts,
  store: OpenStore,
  world: World,
) {
  const projectRoot = dirname(directories.project);
  const parts = {plan, selected, texts, code, projectRoot, stagesDirectory: stagesDirectory(world)};
  return keepRunCode(parts, store.artifacts);
}

function selectionOf({until, only}: RunCommandOptions): Selection {
  if (only.length > 0) return {what: 'only', names: only};
  return until.length > 0 ? {what: 'until', names: until} : {what: 'all'};
}

function runOptions({cache, keepGoing}: RunCommandOptions) {
  return {
    cache: cache ? 'use' : 'never',
    onFailure: keepGoing ? 'keep-going' : 'stop',
  } as const;
}

/** Writes the record, says how it ended, and turns that into what the process ends with. */
async function conclude(
  opened: OpenPipeline,
  made: Pick<RunFacts, 'overrides' | 'source'> & {readonly shared: Shared},
  result: RunResult,
  {context, directory, project, isPreempted}: Session,
  startedAt: number,
  world: World,
): Promise<ExitCode> {
  const interrupted = context.stop.cleanly.aborted;
  const seconds = (world.now() - startedAt) / 1000;
  const git = await gitState(dirname(opened.plan.file), world.variables);
  const text = digestOfBytes(opened.texts.get(opened.plan.file) ?? '');
  const {overrides, source, shared} = made;
  const record = runRecord(opened.plan, result, {
    overrides,
    source,
    startedAt,
    seconds,
    git,
    interrupted,
    text,
  });
  const {run, trouble} = await keepRecord(record, context.store.artifacts, directory);
  if (trouble !== undefined) context.emit({event: 'warning', message: recordLost(trouble)});
  rememberTimings(project, result);
  const ended = isPreempted() ? ExitCode.tryAgain : exitCodeOfRun(record.outcome, result, shared);
  const exitCode = trouble !== undefined && ended === ExitCode.ok ? ExitCode.store : ended;
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
