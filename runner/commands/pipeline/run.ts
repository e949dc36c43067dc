import {dirname} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {Stuck} from '../../../artifacts/files/remove-tree.ts';
import {recover} from '../../../artifacts/upkeep/recover.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {
  type OpenPipeline,
  openPipeline,
  readFacts,
  stagesDirectory,
} from '../../opening/pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import {checkpointsFolder, openSession, scratchFolder} from '../../opening/pipeline/run-session.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {refuse, refuseUnknownStage, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {stuckText} from '../../report/stuck-text.ts';
import {rescueCheckpoints} from '../../run/checkpoints.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import {keepRunCode} from '../../run/run-code.ts';
import {runPlan} from '../../run/run-plan.ts';
import {type SelectedStages, type Selection, selectStages} from '../../run/select-stages.ts';
import {openStores, type Stores} from '../../stores/open-stores.ts';
import {isProjectAddress} from '../../stranger/project-address.ts';
import {concludeRun} from './conclude-run.ts';
import {rememberNoOp} from './remember-no-op.ts';
import {shareResults} from './share-results.ts';

/** `repro run`: load, plan, check what it depends on, execute, record, report. */
export async function run(options: RunCommandOptions, world: World): Promise<ExitCode> {
  if (isProjectAddress(options.file)) return runStranger(options, world);
  const startedAt = world.now();
  const opened = openPipeline(options, world);
  if (!opened.ok) return refuse(opened.error, world, options.json);
  return runOpened({options, opened: opened.value, startedAt}, world);
}

/** Somebody else's pipeline: fetched, verified and trusted first, and then a pipeline like any other. */
async function runStranger(options: RunCommandOptions, world: World): Promise<ExitCode> {
  const {openStranger} = await import('../../opening/stranger/open-stranger.ts');
  const stranger = await openStranger(options, world);
  if (!stranger.ok) return refuse(stranger.error, world, options.json);
  const {pipeline: opened, options: laidDown, world: theirs, store: held} = stranger.value;
  try {
    return await runOpened(
      {options: {...options, ...laidDown}, opened, startedAt: theirs.now(), held},
      theirs,
    );
  } finally {
    await held.close();
  }
}

interface OpenedRun {
  readonly options: RunCommandOptions;
  readonly opened: OpenPipeline;
  readonly startedAt: number;
  /** The local store, where it is open already. */
  readonly held?: OpenStore;
}

async function runOpened(asked: OpenedRun, world: World): Promise<ExitCode> {
  const {options, opened} = asked;
  warn(opened.warnings, world);
  const chosen = selectStages(opened.plan, selectionOf(options));
  if (!chosen.ok) return refuseUnknownStage(chosen.unknown, opened.plan, world);
  const facts = await readFacts(opened, chosen.concerned, world);
  if (!facts.ok) return refuse(facts.error, world, options.json);
  const store = await openStores(opened.stores, storeContext(world, facts.value), asked.held);
  try {
    return await runInStore({...asked, chosen, facts: facts.value, store}, world);
  } finally {
    await store.close();
  }
}

interface RunInStore extends OpenedRun {
  readonly chosen: Chosen;
  readonly facts: GatheredFacts;
  readonly store: Stores;
}

type Chosen = Extract<SelectedStages, {ok: true}>;

async function runInStore(parts: RunInStore, world: World): Promise<ExitCode> {
  const {options, opened, chosen, facts, store, startedAt} = parts;
  takeUpWhatWasLeft(parts, world);
  const source = await keepRunCode(runCodeParts(parts, world), store.artifacts);
  if (!source.ok) return refuse([source.error], world, options.json);
  const session = await openSession({options, opened, store, facts}, world);
  if (!session.ok) return refuse([session.error], world, options.json);
  try {
    const {context} = session.value;
    const {selected, concerned} = chosen;
    const result = await runPlan(opened.plan, {...runOptions(options), selected, concerned}, context);
    const shared = await shareResults(store, opened.stores, result, context);
    const {overrides} = options;
    const ended = {
      opened,
      session: session.value,
      overrides,
      source: source.value,
      startedAt,
      result,
      shared,
    };
    const code = await concludeRun(ended, world);
    if (code === ExitCode.ok) rememberNoOp({...parts, result}, world);
    return code;
  } finally {
    await session.value.close();
  }
}

/** Of processes that were killed: checkpoints are kept, the rest is removed. */
function takeUpWhatWasLeft({store, opened, startedAt}: RunInStore, world: World): void {
  const scratches = scratchFolder(store.layout);
  const scratch = [scratches, opened.directories.environments];
  const checkpointed = {room: checkpointsFolder(store.layout), scratches, now: startedAt};
  rescueCheckpoints(checkpointed, world.isAlive);
  const {stuck} = recover(store.layout, {isAlive: world.isAlive, scratch});
  if (stuck.length > 0) warn([leftOver(stuck)], world);
}

function leftOver(stuck: readonly Stuck[]): Diagnostic {
  return {severity: 'warning', code: 'leftovers', message: stuckText(stuck)};
}

/** What is recorded is what runs: kept before anything does. */
function runCodeParts({opened, chosen, facts}: RunInStore, world: World) {
  const {plan, texts, directories} = opened;
  const projectRoot = dirname(directories.project);
  return {
    plan,
    selected: chosen.concerned,
    texts,
    code: facts,
    projectRoot,
    stagesDirectory: stagesDirectory(world),
  };
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
