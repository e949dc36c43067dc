import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import type {StoreLayout} from '../../../artifacts/layout.ts';
import {setAside} from '../../../artifacts/upkeep/leftovers.ts';
import {recover} from '../../../artifacts/upkeep/recover.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {DiskTrouble} from '../../../schemas/disk-trouble.ts';
import type {RunEvent, RunEventBody} from '../../../schemas/event.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {findInterpreter} from '../../environments/interpreter.ts';
import {findControlGroups} from '../../executors/local/control-groups.ts';
import {localExecutor} from '../../executors/local/local-executor.ts';
import {gpuGroups} from '../../hardware/gpu-groups.ts';
import {diskTroubleText} from '../../report/disk-trouble-text.ts';
import {jsonReporter} from '../../report/json-reporter.ts';
import {plainReporter} from '../../report/plain-reporter.ts';
import type {Reporter} from '../../report/reporter.ts';
import {stuckText} from '../../report/stuck-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {terminalReporter} from '../../report/terminal-reporter.ts';
import type {Limits} from '../../run/admission.ts';
import {checkpoints} from '../../run/checkpoints.ts';
import {openEventLog} from '../../run/event-log.ts';
import {failedFolders} from '../../run/failed-folders.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import {makeSupplies} from '../../run/prepare-supplies.ts';
import type {RunContext} from '../../run/run-context.ts';
import {newRunDirectory, type RunDirectory, type RunShelf, readTimings} from '../../run/run-directory.ts';
import {scratchPool} from '../../run/scratch-pool.ts';
import {findSandbox} from '../../sandbox/find-sandbox.ts';
import {stageGuard} from '../../sources/stage-guard.ts';
import {stageProxy} from '../../sources/stage-proxy.ts';
import {addressOfBucket} from '../../stores/find-store.ts';
import type {World} from '../world/world.ts';
import {memoryWarning} from './memory-warning.ts';
import {environmentContext, type OpenPipeline, stagesDirectory} from './open-pipeline.ts';
import type {RunCommandOptions} from './pipeline-options.ts';

export interface Session {
  readonly context: RunContext;
  readonly directory: RunDirectory;
  /** The project's `.repro`. */
  readonly project: string;
  /** Whether a batch system asked for the machine back: then it is worth trying again. */
  isPreempted(): boolean;
  close(): Promise<void>;
}

export interface SessionParts {
  readonly options: Pick<RunCommandOptions, 'json' | 'jobs' | 'sandbox'>;
  readonly opened: OpenPipeline;
  readonly store: OpenStore;
  readonly facts: GatheredFacts;
  /** Where its logs and events go: a run's own folder, or a replay's. */
  readonly shelf?: RunShelf;
  /** The project's `.repro`, where that is not beside the pipeline. */
  readonly project?: string;
  readonly reporter?: Reporter;
}

/** In the store, so that outputs move into it by a link and inputs out of it by another. */
export function scratchFolder(layout: StoreLayout): string {
  return join(layout.root, 'scratch');
}

/** Where stages that were stopped go on from, until they do. */
export function checkpointsFolder(layout: StoreLayout): string {
  return join(layout.root, 'checkpoints', 'v1');
}

/** Folders of stages that failed, for a while. */
export function failedFolder(layout: StoreLayout): string {
  return join(layout.root, 'failed', 'v1');
}

/** Opens what a run works with: sandbox, executor, reporter, its folder; and listens for Ctrl-C. */
export async function openSession(parts: SessionParts, world: World): Promise<Result<Session, Diagnostic>> {
  const {options, opened, store, facts} = parts;
  const {plan, directories} = opened;
  const path = world.variables.PATH ?? '';
  const found = await findSandbox(options.sandbox, path);
  if (!found.found)
    return err(
      problem(
        'no-sandbox',
        `--sandbox bubblewrap: ${found.why}`,
        'install bubblewrap, or choose --sandbox none',
      ),
    );
  const python = await findInterpreter(path);
  if (python === undefined)
    return err(
      problem('no-interpreter', 'no Python 3.11 or 3.12 on the PATH', 'install one, then run again'),
    );

  const project = parts.project ?? directories.project;
  const directory = newRunDirectory(project, new Date(world.now()), parts.shelf);
  const reporter = parts.reporter ?? chooseReporter(options, world);
  const log = openEventLog(directory.events);
  const emit = (body: RunEventBody) => {
    const event: RunEvent = {at: new Date(world.now()).toISOString(), ...body};
    reporter.event(event);
    const trouble = log.write(event);
    if (trouble !== undefined) emit({event: 'warning', message: eventsLost(trouble)});
  };
  const interrupts = listen(world, emit);
  const programs = join(world.installation, 'runner');
  const groups = findControlGroups();
  const executor = localExecutor({
    python: python.executable,
    spawner: join(programs, 'executors', 'local', 'spawner.py'),
    groups,
    warn: (message) => emit({event: 'warning', message}),
  });
  const proxy = stageProxy(stageGuard(world.variables));
  const scratch = scratchFolder(store.layout);
  mkdirSync(scratch, {recursive: true, mode: 0o700});
  const scratches = scratchPool(scratch, world.owner, (left, stuck) =>
    emit({event: 'warning', message: stuckText(setAside(store.layout, left, stuck))}),
  );
  const context: RunContext = {
    store,
    executor,
    sandbox: found.sandbox,
    limits: limitsOf(options, parts.facts, world),
    facts,
    supplies: makeSupplies({
      plan,
      facts,
      store: store.artifacts,
      environments: {...environmentContext(directories.environments, world), sandbox: found.sandbox},
      sources: {
        variables: world.variables,
        isAlive: world.isAlive,
        placeOf: (url) => addressOfBucket(url, world),
      },
      scratch,
      owner: world.owner,
      signal: interrupts.stop.cleanly,
      emit,
      now: world.now,
      stagesDirectory: stagesDirectory(world),
      confined: found.sandbox.name === 'bubblewrap',
    }),
    stop: interrupts.stop,
    emit,
    now: world.now,
    logs: directory.logs,
    scratches,
    checkpoints: checkpoints(checkpointsFolder(store.layout)),
    network: {proxy, relay: join(programs, 'sandbox', 'network-relay.py')},
    failed: failedFolders(failedFolder(store.layout)),
    version: world.version,
  };
  announce(parts, found.sandbox.name, world, emit);
  for (const message of [found.warning, memoryWarning(plan, groups)])
    if (message !== undefined) emit({event: 'warning', message});
  return ok({
    context,
    directory,
    project,
    isPreempted: () => interrupts.signals.includes('SIGUSR1'),
    async close() {
      interrupts.forget();
      // The last warnings come while it closes.
      await executor.close();
      await proxy.close();
      scratches.close();
      const {stuck} = recover(store.layout, {
        isAlive: (owner) => owner !== world.owner && world.isAlive(owner),
        scratch: [scratch],
      });
      if (stuck.length > 0) emit({event: 'warning', message: stuckText(stuck)});
      reporter.close();
      log.close();
    },
  });
}

/** The run goes on: what it makes and records does not depend on its events. */
function eventsLost(trouble: DiskTrouble): string {
  const {reason, help} = diskTroubleText(trouble);
  return `the run’s events are not written any more: ${reason}; ${help}`;
}

function announce(
  {opened: {plan, directories}}: SessionParts,
  sandbox: 'bubblewrap' | 'none',
  world: World,
  emit: RunContext['emit'],
): void {
  const timings = readTimings(directories.project);
  emit({
    event: 'run-started',
    pipeline: plan.name,
    profile: plan.profile,
    directory: world.directory,
    sandbox,
    stages: plan.stages.map(({name, live}) => ({
      stage: name,
      live: live ?? null,
      expected: timings[name] ?? null,
    })),
  });
}

function chooseReporter({json}: SessionParts['options'], {out, variables, now}: World): Reporter {
  if (json) return jsonReporter((line) => out.write(line));
  const style = chooseStyle(variables, out.isTerminal);
  const redraws = out.isTerminal && variables.TERM !== 'dumb';
  return redraws ? terminalReporter(out, style, now) : plainReporter(out, style);
}

function limitsOf({jobs}: SessionParts['options'], facts: GatheredFacts, {machine}: World): Limits {
  const gpus = {count: facts.gpus.all.length, groups: (count: number) => gpuGroups(facts.gpus, count)};
  return {jobs: jobs ?? machine.cpus, cpus: machine.cpus, memory: machine.memory, gpus};
}

/** First time: no new stages, and running ones are asked to end. Second time: everything ends now. */
function listen(world: World, emit: RunContext['emit']) {
  const cleanly = new AbortController();
  const now = new AbortController();
  const signals: string[] = [];
  const forget = world.onInterrupt((count, signal) => {
    signals.push(signal);
    emit({event: 'interrupted', how: count === 1 ? 'cleanly' : 'now'});
    cleanly.abort();
    if (count > 1) now.abort();
  });
  return {stop: {cleanly: cleanly.signal, now: now.signal}, forget, signals};
}
