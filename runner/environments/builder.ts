import {appendFileSync, writeFileSync} from 'node:fs';
import {execa} from 'execa';
import {err, ok, type Result} from '../../schemas/result.ts';
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
      network: false,
      gpus: false,
    });
    return this.#run(argv, command.argv, {env: command.environment, input: '', cwd: scratch});
  }

  async #run(
    shown: Argv,
    [program, ...rest]: Argv,
    how: {readonly env: Readonly<Record<string, string>>; readonly input: string; readonly cwd?: string},
  ): Promise<Result<undefined, StepFailure>> {
    const {log, signal, variables} = this.#options;
    const step = await execa(program, rest, {
      ...how,
      reject: false,
      extendEnv: false,
      all: true,
      maxBuffer: MOST_WORDS,
      ...(signal !== undefined && {cancelSignal: signal}),
    });
    const words = printable(withoutPasswords(step.all ?? '', variables));
    appendFileSync(log, `$ ${shown.map(briefly).join(' ')}\n${words}\n`);
    if (!step.failed) return ok(undefined);
    if (step.isMaxBuffer) return err(`it printed more than ${MOST_WORDS / 2 ** 20} MiB, and was ended`);
    const started =
      words.trim() === '' ? printable(withoutPasswords(step.shortMessage ?? '', variables)) : words;
    return err(started === '' ? 'it could not be started' : started);
  }
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
