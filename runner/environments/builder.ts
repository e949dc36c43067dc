import {appendFileSync, writeFileSync} from 'node:fs';
import {execa} from 'execa';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {SandboxGuard} from '../executors/executor.ts';
import type {Sandbox} from '../sandbox/sandbox.ts';
import {buildingVariables, fetchingVariables, withoutPasswords} from './pip-variables.ts';

export interface BuilderOptions {
  readonly sandbox: Sandbox;
  readonly libraries: readonly string[];
  /** The user's: only what pip needs of them reaches it. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: string;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined for a step that went well; else its last words. */
export type StepFailure = string;
export type Argv = readonly [string, ...string[]];

/** More than any build has to say; what says more is ended, so that it fills neither memory nor disk. */
const MOST_WORDS = 32 * 2 ** 20;

/** Runs the steps of a build, and keeps their words in a log. */
export class Builder {
  readonly #options: BuilderOptions;

  constructor(options: BuilderOptions) {
    this.#options = options;
    writeFileSync(options.log, '');
  }

  /** Programs of the user's machine on data that was checked: nobody else's code runs, and it may use the network. */
  trusted(argv: Argv, input = ''): Promise<Result<undefined, StepFailure>> {
    return this.#run(argv, argv, {env: fetchingVariables(this.#options.variables), input});
  }

  /**
   * Where somebody else's code runs, or might: without network, home and variables of the user, seeing `scratch`, in
   * which it may write, and what is shown to it read-only.
   */
  confined(argv: Argv, {scratch, readOnly, environmentHome}: Shown): Promise<Result<undefined, StepFailure>> {
    const {sandbox, libraries} = this.#options;
    const inside = sandbox.workingDirectory(scratch);
    const home =
      environmentHome === undefined ? `${inside}/environment` : sandbox.environmentDirectory(environmentHome);
    const command = sandbox.confine(argv, buildingVariables(inside, `${home}/bin`), {
      scratch,
      readOnly,
      environmentHome,
      libraries,
      network: undefined,
      gpus: [],
    });
    return this.#run(argv, command.argv, {
      env: command.environment,
      input: '',
      cwd: scratch,
      guard: command.guard,
    });
  }

  async #run(
    shown: Argv,
    [program, ...rest]: Argv,
    {guard, input, ...how}: Step,
  ): Promise<Result<undefined, StepFailure>> {
    const {log, signal, variables} = this.#options;
    const step = await execa('/bin/sh', ['-c', LIMITED, 'sh', program, ...rest], {
      ...how,
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
      stdio: [Buffer.from(input), 'pipe', 'pipe', ...guardStreams(guard)],
      reject: false,
      extendEnv: false,
      all: true,
      maxBuffer: MOST_WORDS,
      ...(signal !== undefined && {cancelSignal: signal}),
    });
    const words = printable(withoutPasswords(step.all ?? '', variables));
    appendFileSync(log, `$ ${shown.map(briefly).join(' ')}\n${words}\n`);
    if (!step.failed) return ok(undefined);
    if (step.timedOut) return err(`it took longer than ${LONGEST_MS / 3_600_000} hours, and was ended`);
    if (step.isMaxBuffer) return err(`it printed more than ${MOST_WORDS / 2 ** 20} MiB, and was ended`);
    const started =
      words.trim() === '' ? printable(withoutPasswords(step.shortMessage ?? '', variables)) : words;
    return err(started === '' ? 'it could not be started' : started);
  }
}

/**
 * What a step may use at most, and the umask that its files get whatever the user's is. Nobody's build has needed a
 * tenth of it; a hostile one ends. Root's processes are not counted by the kernel, their memory and time are.
 */
const LIMITED = [
  'umask 022',
  ...['-c 0', '-u 4096', '-p 4096', '-n 16384', '-t 3600', '-d 16777216', '-f 33554432'].map(
    // A user's own hard limit may be lower, and one shell knows what another doesn't.
    (limit) => `ulimit ${limit} 2>/dev/null`,
  ),
  'exec "$@"',
].join('; ');
const LONGEST_MS = 2 * 3600 * 1000;

interface Step {
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly cwd?: string;
  readonly guard?: SandboxGuard | undefined;
}

/**
 * Descriptors 3 and 4, as a sandbox expects them of whoever starts it (Guard). Nobody here asks for its state, but it
 * must have somewhere to write it: what Node ignores above 2 is not open at all.
 */
function guardStreams(guard: SandboxGuard | undefined): [Uint8Array | 'ignore', 'pipe'] | [] {
  if (guard === undefined) return [];
  return [guard.filter === undefined ? 'ignore' : Buffer.from(guard.filter, 'base64'), 'pipe'];
}

export interface Shown {
  readonly scratch: string;
  readonly readOnly: readonly (readonly [from: string, path: string])[];
  readonly environmentHome: string | undefined;
}

/** Small programs of ours are given by their text. */
function briefly(word: string): string {
  return word.includes('\n') ? '…' : word;
}

/** A build prints what somebody else wrote: nothing in it may move a terminal's cursor. */
function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, '');
}
