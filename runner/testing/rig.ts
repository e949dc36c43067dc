import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {onTestFailed} from 'vitest';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import {objectPath, type StoreLayout, storeLayout} from '../../artifacts/layout.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import {type Digest, digestFromHex, hexOf} from '../../schemas/digest.ts';
import {type Shared, sharedByTests} from './bare-environment.ts';
import {CliProcess, type Ended} from './cli-process.ts';
import {pipelineText, type StageText} from './pipeline-text.ts';
import {type FoundProcess, processesOf} from './processes.ts';

export interface RigOptions {
  /** Beside PATH, HOME and XDG_CACHE_HOME, which are all that a command gets otherwise. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Builds its own environments, rather than use the one that all tests share. */
  readonly ownEnvironments?: boolean;
}

/** How long after its end a process may still be seen dying. */
const DYING_MS = 10_000;

/**
 * A project in a temporary folder, and the real command line to use on it: bundled, in a process of its
 * own, with a home and a cache that nobody else has. Write `await using rig = await openRig()`: when it goes
 * it ends what still runs, and a test that failed prints everything that its commands had printed.
 */
export class Rig implements AsyncDisposable {
  /** Holds the project, the home and the cache; in the words or mounts of every process of theirs. */
  readonly root: string;
  readonly #shared: Shared;
  readonly #options: RigOptions;
  readonly #commands: CliProcess[] = [];
  readonly #notes: string[] = [];

  constructor(shared: Shared, options: RigOptions) {
    this.#shared = shared;
    this.#options = options;
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'repro-rig-')));
    for (const folder of [this.project, this.home, join(this.cache, 'repro')])
      mkdirSync(folder, {recursive: true});
    if (options.ownEnvironments !== true) symlinkSync(shared.environments, this.environments);
    this.write({'bare.lock.txt': ''});
  }

  get project(): string {
    return join(this.root, 'project');
  }

  get home(): string {
    return join(this.root, 'home');
  }

  get cache(): string {
    return join(this.root, 'cache');
  }

  get store(): string {
    return join(this.cache, 'repro/store');
  }

  get environments(): string {
    return join(this.cache, 'repro/environments');
  }

  get layout(): StoreLayout {
    return storeLayout(this.store);
  }

  /** The bytes that the store has under a digest, unchecked. */
  object(digest: string): string {
    return readFileSync(objectPath(this.layout, digestFromHex(hexOf(digest as Digest))), 'utf8');
  }

  /** What a stage printed in the last run. */
  log(stage: string): string {
    const run = readdirSync(join(this.project, '.repro/runs')).sort().at(-1);
    return this.read(`.repro/runs/${run}/logs/${stage}.log`);
  }

  /** Files of the project, by their relative path. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.project, path);
      mkdirSync(dirname(file), {recursive: true});
      writeFileSync(file, text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.project, path), 'utf8');
  }

  /** p.yaml */
  pipeline(stages: Readonly<Record<string, StageText>>, more: Readonly<Record<string, Json>> = {}): void {
    this.write({'p.yaml': pipelineText(stages, more)});
  }

  start(argv: readonly string[], options: StartOptions = {}): CliProcess {
    const command = new CliProcess({
      argv,
      directory: options.directory ?? this.project,
      ...(options.through !== undefined && {through: options.through}),
      ...(options.cli !== undefined && {cli: options.cli}),
      variables: {
        PATH: this.#shared.path,
        HOME: this.home,
        XDG_CACHE_HOME: this.cache,
        ...this.#options.variables,
        ...options.variables,
      },
    });
    this.#commands.push(command);
    return command;
  }

  repro(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(argv, options).end();
  }

  /** `repro run p.yaml --json`, to its end. */
  run(...flags: readonly string[]): Promise<Ended> {
    return this.repro(['run', 'p.yaml', '--json', ...flags]);
  }

  /** Everything alive that has to do with this project. */
  processes(): readonly FoundProcess[] {
    return processesOf(this.root);
  }

  /** What still lives of all that was started here, once the dying have had their time: nothing, it should be. */
  async survivors(): Promise<readonly FoundProcess[]> {
    const deadline = performance.now() + DYING_MS;
    for (;;) {
      const found = this.processes();
      if (found.length === 0 || performance.now() > deadline) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async killAll(): Promise<void> {
    for (const {pid} of this.processes()) end(pid);
    await this.survivors();
  }

  /** For the transcript: what the test itself did. */
  note(text: string): void {
    this.#notes.push(text);
  }

  transcript(): string {
    return [...this.#commands.map((command) => command.transcript()), ...this.#notes].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const command of this.#commands) if (!command.hasEnded) command.signal('SIGKILL');
    await this.killAll();
    removeTree(this.root);
    rmSync(this.root, {recursive: true, force: true});
  }
}

export interface StartOptions {
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** See cli-process.ts. */
  readonly through?: readonly string[];
  readonly cli?: string;
}

/** For several tests: made in a hook, which knows of no test that could fail. */
export async function openSharedRig(options: RigOptions = {}): Promise<Rig> {
  return new Rig(await sharedByTests(), options);
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const rig = await openSharedRig(options);
  onTestFailed(
    () => void process.stderr.write(`\nwhat the commands of the failed test printed:\n${rig.transcript()}\n`),
  );
  return rig;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was seen.
  }
}
