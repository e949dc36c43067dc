import {join} from 'node:path';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import type {KeyDocument} from '../../schemas/receipt.ts';
import {unreachable} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import type {JobExit, MetLimits, StopSignals} from '../executors/executor.ts';
import type {Gpu} from '../hardware/gpus.ts';
import type {ConfinedCommand, Confinement, Sandbox, WayOut} from '../sandbox/sandbox.ts';
import {lastLine} from './last-line.ts';
import {progressTail} from './progress-tail.ts';
import {refusedArgument} from './refused-argument.ts';
import type {RunContext} from './run-context.ts';
import {GIVEN} from './scratch.ts';

/** How often a running stage's progress is looked at. */
const LOOK_MS = 250;

export interface StageProcess {
  readonly stage: PlannedStage;
  readonly document: KeyDocument;
  readonly environment: ReadyEnvironment;
  readonly scratch: string;
  /** Directories with the stage's code and the SDK. */
  readonly code: string;
  readonly sdk: string;
  readonly log: string;
}

/** Runs the stage's command once in its scratch directory, and says how it ended. */
export async function runStageProcess(
  prepared: StageProcess,
  gpus: readonly Gpu[],
  context: RunContext,
): Promise<StageExit> {
  const refused = refusedArgument(prepared.document);
  if (refused !== undefined) return {how: 'failed', failure: refused};
  const given = {gpus, network: await wayOut(prepared, context)};
  const command = confinedCommand(prepared, given, context.sandbox);
  const limit = timeLimit(prepared.stage, context.stop);
  const stopWatching = watchProgress(prepared, context);
  const exit = await context.executor.run(
    {
      ...command,
      directory: prepared.scratch,
      log: prepared.log,
      mark: markOf(prepared),
      memory: prepared.stage.resources.memory,
    },
    limit.stop,
  );
  stopWatching();
  limit.forget();
  if (mayLiveOn(exit, context.sandbox)) context.scratches.spoil(prepared.scratch);
  // Whatever it ends with when it is told to stop: what it left to go on from is looked for by the caller.
  if (context.stop.cleanly.aborted) return {how: 'failed', failure: {code: 'interrupted'}};
  return limit.reached()
    ? {how: 'failed', failure: timedOut(prepared.stage)}
    : judge(
        context.sandbox.interpret(exit, () => lastLine(prepared.log)),
        prepared,
      );
}

/** Every process of a stage that runs without a sandbox has it in its environment, and no other has. */
function markOf({scratch}: StageProcess): string {
  return `REPRO_REQUEST=${join(scratch, 'request.json')}`;
}

/** Something that still writes to its scratch directory must not reach the next stage. */
function mayLiveOn(exit: JobExit, {name}: Sandbox): boolean {
  if (name === 'bubblewrap' || exit.how === 'not-started') return false;
  return exit.how === 'lost' || exit.survivors === 'unknown';
}

export type StageExit =
  /** `watched`: its memory was looked at, not limited. */
  | {readonly how: 'done'; readonly watched: boolean}
  /** It wrote a checkpoint and wants to go on from there. */
  | {readonly how: 'resume'}
  | {readonly how: 'failed'; readonly failure: StageFailure};

function judge(exit: JobExit, {stage, document}: StageProcess): StageExit {
  switch (exit.how) {
    case 'exited':
      if (exit.code === 0) return {how: 'done', watched: exit.limits.watched};
      if (exit.code === 75) return {how: 'resume'};
      return {how: 'failed', failure: overLimit(exit.limits, stage) ?? {code: 'exited', exitCode: exit.code}};
    case 'signalled': {
      const {signal, limits, usage} = exit;
      const failure = overLimit(limits, stage) ?? {
        code: 'signalled',
        signal,
        peakBytes: usage.peakBytes,
        machineFull: limits.machineFull,
      };
      return {how: 'failed', failure};
    }
    case 'not-started':
      return {
        how: 'failed',
        failure: {code: 'not-started', program: document.command[0] ?? '', why: exit.why},
      };
    case 'lost':
      return {how: 'failed', failure: {code: 'lost', why: exit.why}};
    default:
      return unreachable(exit);
  }
}

/** A program that goes on although a limit took a part of it says so by its exit code; what it says then counts. */
function overLimit({met, watched}: MetLimits, {resources}: PlannedStage): StageFailure | undefined {
  if (met === 'memory') return {code: 'memory-limit', bytes: resources.memory ?? 0, watched};
  return met === 'processes' ? {code: 'process-limit'} : undefined;
}

/** Without a sandbox a stage has the machine's network anyway, and its receipt says so. */
async function wayOut(
  {stage, environment}: StageProcess,
  {sandbox, network}: RunContext,
): Promise<WayOut | undefined> {
  if (!stage.network || sandbox.name === 'none') return undefined;
  return {socket: await network.proxy.socket(), relay: network.relay, python: pythonOf(environment, sandbox)};
}

function binariesOf({python}: ReadyEnvironment, sandbox: Sandbox): string | undefined {
  return python.in === 'home' ? `${sandbox.environmentDirectory(python.home)}/bin` : undefined;
}

function pythonOf(environment: ReadyEnvironment, sandbox: Sandbox): string {
  const {python} = environment;
  return python.in === 'home' ? `${binariesOf(environment, sandbox)}/python` : python.executable;
}

function confinedCommand(
  prepared: StageProcess,
  {gpus, network}: Pick<Confinement, 'network'> & {readonly gpus: readonly Gpu[]},
  sandbox: Sandbox,
): ConfinedCommand {
  const {document, environment, scratch} = prepared;
  const home = environment.python.in === 'home' ? environment.python.home : undefined;
  const binaries = binariesOf(environment, sandbox);
  const python = pythonOf(environment, sandbox);
  const argv = document.command.map((word, i) => (i === 0 && word === 'python' ? python : word));
  const variables = stageVariables(document, sandbox.workingDirectory(scratch), binaries);
  return sandbox.confine(
    argv,
    {...gpuVariables(gpus, sandbox), ...variables},
    {
      scratch,
      readOnly: [
        ...GIVEN.map((name) => [join(scratch, name), name] as const),
        [prepared.code, 'stage'],
        [prepared.sdk, 'sdk'],
      ],
      environmentHome: home,
      libraries: environment.libraries,
      network,
      gpus,
    },
  );
}

/**
 * Which GPUs are the stage's. In no key: a stage can't tell which of equal GPUs it was given. One that asked for none is
 * told so only where nothing hides them from it.
 */
function gpuVariables(gpus: readonly Gpu[], {name}: Sandbox): Readonly<Record<string, string>> {
  if (gpus.length === 0 && name === 'bubblewrap') return {};
  return {CUDA_VISIBLE_DEVICES: gpus.map(({uuid}) => uuid).join(',')};
}

/** The whole environment of a stage: constants, the determinism contract, what the pipeline declares. */
function stageVariables(
  {contract, variables}: KeyDocument,
  directory: string,
  binaries: string | undefined,
): Readonly<Record<string, string>> {
  return {
    PATH: [...(binaries === undefined ? [] : [binaries]), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: join(directory, 'tmp'),
    TMPDIR: join(directory, 'tmp'),
    USER: 'repro',
    PYTHONPATH: join(directory, 'sdk'),
    PYTHONUNBUFFERED: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    REPRO_REQUEST: join(directory, 'request.json'),
    ...contract,
    ...variables,
  };
}

function watchProgress({stage, scratch}: StageProcess, {emit}: RunContext): () => void {
  const tail = progressTail(join(scratch, 'progress.jsonl'));
  const look = () => {
    const progress = tail.latest();
    if (progress !== undefined) emit({event: 'stage-progress', stage: stage.name, ...progress});
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
  };
}

function timeLimit(stage: PlannedStage, stop: StopSignals) {
  const over = new AbortController();
  const {time} = stage.resources;
  const forget = time === undefined ? () => undefined : after(time * 1000, () => over.abort());
  return {
    stop: {cleanly: AbortSignal.any([stop.cleanly, over.signal]), now: stop.now},
    reached: () => over.signal.aborted,
    forget,
  };
}

/** `setTimeout` takes 24 days at most, and at once what is longer. */
const LONGEST_MS = 2 ** 31 - 1;

function after(milliseconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const next = () => (left > LONGEST_MS ? wait(left - LONGEST_MS) : act());
    timer = setTimeout(next, Math.min(left, LONGEST_MS));
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

function timedOut(stage: PlannedStage): StageFailure {
  return {code: 'timed-out', seconds: stage.resources.time ?? 0};
}
